import { Buffer } from "node:buffer";
import * as z from "zod";
import { StatementBroken } from "../errors.ts";
import { canonicalJson } from "./canonical.ts";
import { payloadType, Statement } from "./statement.ts";

/*
 * DSSE 1.0.2: https://github.com/secure-systems-lab/dsse. What is signed is never parsed before
 * its signature held, and what was parsed is what was signed.
 */

/** Of many ways to write bytes in base64, decoders take several: here only the one. */
const Base64 = z.string().refine((text) => Buffer.from(text, "base64").toString("base64") === text);

export const Envelope = z.strictObject({
  payload: Base64,
  payloadType: z.literal(payloadType),
  /** The protocol allows several; ours have one. */
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: Base64 })]),
});
export type Envelope = z.infer<typeof Envelope>;

/** The bytes that a signature is of: DSSE's pre-authentication encoding. */
export const preAuthentication = (type: string, payload: Uint8Array): Buffer => {
  const length = Buffer.byteLength(type);
  const head = `DSSEv1 ${length} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
};

/** The same statement has the same payload. Throws a ZodError for what is none. */
export const payloadOf = (statement: Statement): Buffer => {
  const text = canonicalJson(statement);
  Statement.parse(JSON.parse(text));
  return Buffer.from(text);
};

/** The text of an envelope: the same envelope has the same text, without a line's end. */
export const envelopeText = (envelope: Envelope): string => canonicalJson(envelope);

/**
 * An envelope from its text, byte for byte as `envelopeText` writes it: what differs was changed by
 * somebody. Nothing is known of its signature. Throws StatementBroken.
 */
export const readEnvelope = (text: string): Envelope => {
  const envelope = Envelope.safeParse(parsed(text));
  if (!envelope.success || envelopeText(envelope.data) !== text) throw notOurs();
  return envelope.data;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notOurs(error);
  }
};

const notOurs = (cause?: unknown): StatementBroken =>
  new StatementBroken("this is no signed statement as Ovenbird writes it: it was changed", {
    cause,
  });
