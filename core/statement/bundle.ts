import { createHash } from "node:crypto";
import { StatementBroken } from "../errors.ts";
import { type Envelope, envelopeText } from "./envelope.ts";
import type { PublicKey } from "./signer.ts";
import { type Proven, unseal } from "./unseal.ts";

/*
 * All statements of an image are one file, a line each: in-toto's bundle, whose names end so.
 * https://github.com/in-toto/attestation/blob/main/spec/v1/bundle.md
 */

/** The end of the name of such a file. */
export const bundleEnding = ".intoto.jsonl";

export const bundleText = (envelopes: readonly Envelope[]): string =>
  envelopes.map((envelope) => `${envelopeText(envelope)}\n`).join("");

/** By it, tags, records and announcements say which statements they mean. */
export const bundleDigest = (text: string): string =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The texts of the envelopes. Throws StatementBroken. */
export const envelopesIn = (text: string): string[] => {
  const lines = text.split("\n");
  if (lines.length > 1 && lines.pop() === "") return lines;
  throw new StatementBroken("the file of statements is cut off: its last line has no end");
};

/** All that it says, every signature held. Throws StatementBroken. */
export const provenIn = (text: string, trusted: readonly PublicKey[]): Proven[] =>
  envelopesIn(text).map((line) => unseal(line, trusted));
