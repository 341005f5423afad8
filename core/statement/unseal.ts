import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { StatementBroken } from "../errors.ts";
import { preAuthentication, readEnvelope } from "./envelope.ts";
import { anyName, type PublicKey } from "./signer.ts";
import { Statement } from "./statement.ts";

/** A statement whose signature holds, and by whose key. */
export interface Proven {
  statement: Statement;
  keyId: string;
}

/** What an envelope's text says, once its signature held. Throws StatementBroken. */
export const unseal = (text: string, trusted: readonly PublicKey[]): Proven => {
  const { payload, payloadType, signatures } = readEnvelope(text);
  const [{ keyid, sig }] = signatures;
  const keys = trusted.filter(({ keyId }) => keyId === keyid || keyId === anyName);
  if (keys.length === 0) {
    throw new StatementBroken(
      `the statement names ${keyid} as its key, and none of the ${trusted.length} trusted here is that one`,
    );
  }
  const bytes = Buffer.from(payload, "base64");
  const message = preAuthentication(payloadType, bytes);
  const signature = Buffer.from(sig, "base64");
  if (!keys.some((key) => holds(key, message, signature))) {
    throw new StatementBroken(`the signature of the statement by ${keyid} does not hold`);
  }
  return { statement: statementIn(bytes), keyId: keyid };
};

const holds = ({ pem }: PublicKey, message: Buffer, signature: Buffer): boolean =>
  verify("sha256", message, { key: pem, dsaEncoding: "der" }, signature);

const statementIn = (bytes: Buffer): Statement => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return Statement.parse(JSON.parse(text));
  } catch (cause) {
    throw new StatementBroken("what was signed is no in-toto statement of version 1", { cause });
  }
};
