import { builderFiles, builderPrefix } from "../../core/builder-order.ts";
import type { BakeId, BuilderId } from "../../core/ids.ts";
import type { Stage } from "../stage.ts";

/** Bytes that are read of what a builder may have written: a function has little memory. */
export const mostOfBuilders = 8 * 1024 ** 2;

type Files = { [Name in keyof typeof builderFiles]: string };

/** Keys of a builder's files in the artifact bucket, and its folder. */
export const builderPlaces = (
  { builders }: Pick<Stage, "builders">,
  builderId: BuilderId,
): Files & { prefix: string } => {
  const prefix = builderPrefix(builders.roleId, builderId);
  const keys = Object.entries(builderFiles).map(([name, file]) => [name, `${prefix}${file}`]);
  return { ...(Object.fromEntries(keys) as Files), prefix };
};

/** Keys of a bake's own artifacts, which no builder can write. */
export const bakePlaces = (bake: BakeId) => ({
  /** A gzip tar of the files that the recipe names; absent when it names none. */
  bundle: `bakes/${bake}/bundle.tar.gz`,
  /** The command that its agent was started with. */
  command: `bakes/${bake}/agent-command.json`,
  inventory: `bakes/${bake}/${builderFiles.inventory}`,
});
