import { createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { createHash } from "node:crypto";
import * as z from "zod";
import type { PublicKey, PublicKeys, Signer } from "../core/statement/signer.ts";
import type { Stage } from "./stage.ts";

export interface SigningWorld {
  kms: KMSClient;
  stage: Pick<Stage, "signingKeyArn">;
}

const Bytes = z.instanceof(Uint8Array);

/** Those of the stage: KMS is asked once. */
export const kmsKeys = ({ kms, stage }: SigningWorld): PublicKeys => {
  let asked: Promise<PublicKey> | undefined;
  const ask = async (): Promise<PublicKey> => {
    const KeyId = stage.signingKeyArn;
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
    const key = Buffer.from(Bytes.parse(PublicKey));
    const pem = createPublicKey({ key, type: "spki", format: "der" }).export({
      ...{ type: "spki", format: "pem" },
    });
    return { keyId: stage.signingKeyArn, pem: pem as string };
  };
  return {
    async trusted() {
      try {
        return [await (asked ??= ask())];
      } catch (error) {
        asked = undefined; // a function lives on, and the next call may succeed
        throw error;
      }
    },
  };
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
