import { createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { createHash } from "node:crypto";
import * as z from "zod";
import type { PublicKey, PublicKeys, Signer } from "../core/statement/signer.ts";
import type { Stage } from "./stage.ts";

export interface SigningWorld {
  kms: KMSClient;
  stage: Pick<Stage, "signingKeyArn" | "earlierKeys">;
}

const Bytes = z.instanceof(Uint8Array);

/** Those of the stage: KMS is asked once, and of keys that are replaced not at all. */
export const kmsKeys = ({ kms, stage }: SigningWorld): PublicKeys => {
  let asked: Promise<PublicKey> | undefined;
  const ask = async (): Promise<PublicKey> => {
    const KeyId = stage.signingKeyArn;
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
    return { keyId: KeyId, pem: pemOf(Bytes.parse(PublicKey)) };
  };
  return {
    async trusted() {
      try {
        return [await (asked ??= ask()), ...earlierKeys(stage)];
      } catch (error) {
        asked = undefined; // a function lives on, and the next call may succeed
        throw error;
      }
    },
  };
};

/** They are in the stage's parameters, so that they hold when KMS has deleted them. */
const earlierKeys = ({ earlierKeys: all = [] }: SigningWorld["stage"]): PublicKey[] =>
  all.map(({ keyArn, publicKey }) => ({
    ...{ keyId: keyArn, pem: pemOf(Buffer.from(publicKey, "base64")) },
  }));

const pemOf = (der: Uint8Array): string => {
  const key = createPublicKey({ key: Buffer.from(der), type: "spki", format: "der" });
  return key.export({ type: "spki", format: "pem" }) as string;
};

/** Signs by the stage's key of KMS, which nobody can take out of it. */
export const kmsSigner = (aws: SigningWorld): Signer => ({
  ...kmsKeys(aws),
  async sign(message) {
    // KMS takes 4,096 bytes of a message, and a digest of any
    const Message = createHash("sha256").update(message).digest();
    const KeyId = aws.stage.signingKeyArn;
    const { Signature } = await aws.kms.send(
      new SignCommand({
        ...{ KeyId, Message, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" },
      }),
    );
    return { keyId: KeyId, signature: Bytes.parse(Signature) };
  },
});
