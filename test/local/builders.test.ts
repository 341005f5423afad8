import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { folderBuilders } from "../../local/builders.ts";
import { volumeDisk } from "../../local/paths.ts";
import { describeBuilders } from "../contracts/builders.ts";
import { openState } from "../support/local-state.ts";

const open = async () => {
  const state = await openState();
  return { ...state, builders: folderBuilders(state.paths) };
};

describeBuilders("local", open);

test("a working disk is a sparse file of the size asked for, for its owner's eyes only", async () => {
  await using world = await open();
  const bake = await world.newBake();
  const spec = { architecture: "x86_64", rootVolumeSize: 100 } as const;
  const { volumeId } = await world.builders.provision(bake, spec);
  const { size, blocks, mode } = await stat(volumeDisk(world.paths, bake, volumeId));
  expect([size, blocks, mode & 0o777]).toEqual([100 * 1024 ** 3, 0, 0o600]);
});
