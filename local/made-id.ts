import { createHash } from "node:crypto";
import type { BakeId } from "../core/ids.ts";

/**
 * The id of what a bake makes: the same at every call, so that a retry finds what the first call
 * made. 17 hexadecimal digits, as EC2's.
 */
export const madeId = (prefix: "i" | "vol" | "snap" | "img", bake: BakeId): string =>
  `${prefix}-${createHash("sha256").update(`${prefix}:${bake}`).digest("hex").slice(0, 17)}`;
