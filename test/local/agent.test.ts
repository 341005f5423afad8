import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { BuilderId, VolumeId } from "../../core/ids.ts";
import { openAgent } from "../../local/agent.ts";
import { pathsIn } from "../../local/paths.ts";
import { bake, recipeOf } from "../support/agent-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("no agent is told of a recipe that reaches a machine whose operator did not allow it", async () => {
  await using folder = await temporaryFolder();
  await using agent = openAgent({
    bake,
    ...{ paths: pathsIn(folder.path), recipeFolder: folder.path, allowHost: false },
    ...{
      packageCache: folder.path,
      listCache: "/nonexistent",
      assetCache: folder.path,
      stepCacheLimit: undefined,
      program: "/none",
      lock: 0,
    },
    signal: new AbortController().signal,
    events: () => undefined,
  });
  const command = { name: "date", command: "date", timeout: 60 };
  const host = { copyFiles: [], mounts: [], beforeMount: [command], afterMount: [] };
  const run = agent.run({
    ...{ bake, builderId: BuilderId.parse("i-01234567"), volumeId: VolumeId.parse("vol-01234567") },
    ...{ recipe: recipeOf({ host }), architecture: "x86_64", rootVolumeSize: 1 },
    origin: { kind: "scratch", distribution: "debian", suite: "small" },
  });
  await expect(run).rejects.toMatchObject({
    ...{ name: "NotReady", message: expect.stringContaining("--allow-host") },
  });
  expect(await readdir(folder.path)).toEqual([]);
});
