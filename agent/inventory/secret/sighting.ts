import type { Secret } from "../../../core/inventory/found/secret.ts";

/** What was seen in one file; never the secret itself. */
export type Sighting = Omit<Secret, "path" | "shipped">;

/** Of one file: more of them tell nobody more. */
export const mostInFile = 20;
