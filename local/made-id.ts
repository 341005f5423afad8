import { createHash } from "node:crypto";

/**
 * The id of what is made from something, a bake or a stock disk's digest: the same at every call,
 * so that a retry finds what the first call made. 17 hexadecimal digits, as EC2's.
 */
export const madeId = (prefix: "i" | "vol" | "snap" | "img", maker: string): string =>
  `${prefix}-${createHash("sha256").update(`${prefix}:${maker}`).digest("hex").slice(0, 17)}`;
