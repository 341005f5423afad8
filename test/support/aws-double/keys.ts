import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceError } from "./faults.ts";

export const newKey = (): KeyObject =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

/** KMS with one key on P-256. It signs digests by openssl: Node signs none that it did not make. */
export const openKeys = (privateKey = newKey()) => {
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const digests: string[] = [];
  return {
    digests,
    operations: {
      Sign({ Message, MessageType }: { Message?: Uint8Array; MessageType?: string }) {
        if (MessageType !== "DIGEST" || Message?.length !== 32) {
          throw serviceError("ValidationException", "a digest of 32 bytes is signed here");
        }
        digests.push(Buffer.from(Message).toString("hex"));
        return { Signature: signed(pem, Message) };
      },
      GetPublicKey: () => ({ PublicKey: publicKey }),
    },
  };
};

const signed = (pem: string | Buffer, digest: Uint8Array): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), "ovenbird-key-"));
  try {
    const key = join(folder, "key.pem");
    writeFileSync(key, pem);
    const order = ["pkeyutl", "-sign", "-inkey", key, "-pkeyopt", "digest:sha256"];
    return execFileSync("openssl", order, { input: digest });
  } finally {
    rmSync(folder, { recursive: true });
  }
};
