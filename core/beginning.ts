import { createHash } from "node:crypto";
import * as z from "zod";
import type { BakeId } from "./ids.ts";
import { Digest } from "./origin.ts";
import type { Artifacts } from "./ports.ts";

/** When a bake began, and with what recipe. */
export const Beginning = z.strictObject({
  at: z.iso.datetime(),
  /** The recipe's file name in the bundle. */
  file: z.string(),
  /** Of that file, as it was read. */
  digest: Digest,
});
export type Beginning = z.infer<typeof Beginning>;

const key = "begun.json";

/** Read again, a recipe has not begun again. */
export const noteBeginning = async (
  artifacts: Artifacts,
  bake: BakeId,
  { file, text }: { file: string; text: string },
): Promise<void> => {
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const beginning: Beginning = { at: new Date().toISOString(), file, digest };
  await artifacts.keep(bake, key, JSON.stringify(beginning));
};

/** Throws NotFound before the recipe was read. */
export const readBeginning = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<Beginning> => Beginning.parse(JSON.parse(await artifacts.read(bake, key)));
