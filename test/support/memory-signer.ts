import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { Signer } from "../../core/statement/signer.ts";

/** A key of its own that signs; how often it did is counted. */
export const memorySigner = (): Signer & { signed: () => number } => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const der = publicKey.export({ type: "spki", format: "der" });
  const keyId = `sha256:${createHash("sha256").update(der).digest("hex")}`;
  const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
  let times = 0;
  return {
    signed: () => times,
    async sign(message) {
      times++;
      return { keyId, signature: sign("sha256", message, privateKey) };
    },
    trusted: async () => [{ keyId, pem }],
  };
};
