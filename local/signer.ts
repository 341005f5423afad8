import { sign } from "node:crypto";
import type { Signer } from "../core/statement/signer.ts";
import type { Paths } from "./paths.ts";
import { earlierKeys, publicKeyOf, signingKey } from "./signing-key.ts";

/**
 * Signs by a key in the state directory. The process that bakes reads it; steps run in a sandbox
 * that has nothing of the state directory in it.
 */
export const fileSigner = (paths: Paths): Signer => ({
  async sign(message) {
    const privateKey = await signingKey(paths);
    const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "der" });
    return { keyId: publicKeyOf(privateKey).keyId, signature };
  },
  trusted: async () => [publicKeyOf(await signingKey(paths)), ...(await earlierKeys(paths))],
});
