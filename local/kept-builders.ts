import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { NotFound } from "../core/errors.ts";
import { type BakeId, BuilderId, recipeOfBake, VolumeId } from "../core/ids.ts";
import { AgentResult } from "../core/job.ts";
import { bakesWithFolders } from "./bakes.ts";
import { keptUntil } from "./kept.ts";
import { madeId } from "./made-id.ts";
import { builderFolder, type Paths, volumeDisk } from "./paths.ts";

/** A builder that somebody may look into. */
export interface KeptBuilder {
  bake: BakeId;
  builderId: BuilderId;
  until: Date;
  /** Why its bake failed: the first line of what the agent said. */
  failure: string;
  /** Bytes that its disk takes. */
  used: number;
}

/** All builders that are kept, those that are kept longest first. */
export const keptBuilders = async (paths: Paths): Promise<KeptBuilder[]> => {
  const kept: KeptBuilder[] = [];
  for (const bake of await bakesWithFolders(paths)) {
    const until = await keptUntil(paths, bake);
    if (until !== undefined) kept.push(await describe(paths, bake, until));
  }
  return kept.toSorted((one, other) => other.until.getTime() - one.until.getTime());
};

/** The kept builder of that bake, or of the newest of that recipe. Throws NotFound. */
export const findKept = async (paths: Paths, bakeOrRecipe: string): Promise<KeptBuilder> => {
  const kept = await keptBuilders(paths);
  const found =
    kept.find(({ bake }) => bake === bakeOrRecipe) ??
    kept.find(({ bake }) => recipeOfBake(bake) === bakeOrRecipe);
  if (found !== undefined) return found;
  const names = kept.map(({ bake }) => bake);
  throw new NotFound(
    names.length === 0
      ? `no builder of ${bakeOrRecipe} is kept, and none of any other bake; \`ovenbird bake --keep-builder\` keeps those whose steps fail`
      : `no builder of ${bakeOrRecipe} is kept; there are those of ${names.join(", ")}`,
  );
};

const describe = async (paths: Paths, bake: BakeId, until: Date): Promise<KeptBuilder> => {
  const disk = volumeDisk(paths, bake, VolumeId.parse(madeId("vol", bake)));
  const there = await stat(disk).catch(() => undefined); // released at this moment
  return {
    ...{ bake, until, builderId: BuilderId.parse(madeId("i", bake)) },
    failure: await failureIn(join(builderFolder(paths, bake), "result.json")),
    used: (there?.blocks ?? 0) * 512, // stat(2) counts blocks of 512 bytes, on any disk
  };
};

const failureIn = async (path: string): Promise<string> => {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const result = text === undefined ? undefined : AgentResult.parse(JSON.parse(text));
  return result?.status === "failed" ? (result.message.split("\n")[0] ?? "") : "";
};
