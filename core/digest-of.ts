import { createHash } from "node:crypto";

/** `sha256:` and 64 digits. */
export const digestOf = (content: string | Uint8Array): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;
