import { Buffer } from "node:buffer";
import { type Envelope, payloadOf, preAuthentication } from "./envelope.ts";
import type { Signer } from "./signer.ts";
import { payloadType, type Statement } from "./statement.ts";

/** Signs a statement. */
export const seal = async (signer: Signer, statement: Statement): Promise<Envelope> => {
  const payload = payloadOf(statement);
  const { keyId, signature } = await signer.sign(preAuthentication(payloadType, payload));
  return {
    payload: payload.toString("base64"),
    payloadType,
    signatures: [{ keyid: keyId, sig: Buffer.from(signature).toString("base64") }],
  };
};
