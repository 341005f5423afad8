import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderArtifacts } from "../../local/artifacts.ts";
import { bakeFolder } from "../../local/paths.ts";
import { describeArtifacts } from "../contracts/artifacts.ts";
import { openState } from "../support/local-state.ts";

const open = async () => {
  const state = await openState();
  return { ...state, artifacts: folderArtifacts(state.paths) };
};

describeArtifacts("local", open);

test("artifacts lie in their bake's folder, and go with it", async () => {
  await using world = await open();
  const bake = await world.newBake();
  await world.artifacts.write(bake, "a/b", "text");
  const path = join(bakeFolder(world.paths, bake), "a/b");
  expect((await stat(path)).size).toBe(4);
});
