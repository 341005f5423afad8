import * as z from "zod";
import { join } from "node:path";
import { BakeId } from "../core/ids.ts";
import { builderFolder, type Paths } from "./paths.ts";
import { readRecord, writeRecord } from "./record.ts";

/** Beside a builder's disk: until when it is kept, though its bake has ended. */
const KeptRecord = z.strictObject({ bake: BakeId, until: z.iso.datetime() });

const keptRecord = (paths: Paths, bake: BakeId) => join(builderFolder(paths, bake), "kept.json");

/** Keeps a bake's builder, which must be there. */
export const keep = (paths: Paths, bake: BakeId, until: Date): Promise<void> =>
  writeRecord(
    keptRecord(paths, bake),
    { bake, until: until.toISOString() },
    builderFolder(paths, bake),
  );

/** Until when a bake's builder is kept; undefined when it is not, or not any more. */
export const keptUntil = async (paths: Paths, bake: BakeId): Promise<Date | undefined> => {
  const record = await readRecord(keptRecord(paths, bake), KeptRecord);
  const until = record && new Date(record.until);
  return until !== undefined && until.getTime() > Date.now() ? until : undefined;
};
