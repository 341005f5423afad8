import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BuilderId, VolumeId } from "../../core/ids.ts";
import { openAgent } from "../../local/agent.ts";
import { openBake } from "../../local/bakes.ts";
import { madeId } from "../../local/made-id.ts";
import { builderFolder } from "../../local/paths.ts";
import { describeAgents } from "../contracts/agents.ts";
import { recipeOf } from "../support/agent-run.ts";
import { makeState, newVersion, unused } from "../support/local-state.ts";
import { processesOf } from "../support/processes.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const program = join(import.meta.dirname, "../support/programs/scripted-agent.ts");

/** A child process in namespaces of its own, as a bake's is; its program is a script. */
describeAgents("local", async () => {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  const paths = await makeState(path);
  const { bake, lock } = stack.use(await openBake(paths, newVersion(), unused));
  const folder = builderFolder(paths, bake);
  await mkdir(folder);
  await writeFile(join(path, "token"), "hunter22\n");
  const agents = stack.use(
    openAgent({
      ...{ bake, paths, program, lock: lock.fd, recipeFolder: path, allowHost: false, slice: 100 },
      ...{ packageCache: path, listCache: path, assetCache: path, stepCacheLimit: undefined },
      signal: new AbortController().signal,
      events: () => undefined,
    }),
  );
  const given = () =>
    readFile(join(folder, "given"), "utf8").then(
      (text) => text.split("\n").slice(0, -1),
      () => [],
    );
  const held = stack.move();
  return {
    agents,
    order: (recipe) => ({
      ...{ bake, recipe: recipeOf(recipe), architecture: "x86_64", rootVolumeSize: 1 },
      builderId: BuilderId.parse(madeId("i", bake)),
      volumeId: VolumeId.parse(madeId("vol", bake)),
      origin: { kind: "scratch", distribution: "debian", suite: "small" },
    }),
    begun: async () => (await given()).length,
    secretsOf: async () => JSON.parse((await given())[0] ?? ""),
    async end(_, end) {
      await writeFile(join(folder, "end.part"), JSON.stringify(end));
      await rename(join(folder, "end.part"), join(folder, "end.json"));
    },
    isEnded: async () => processesOf(folder).length === 0,
    secret: { there: { file: "token" }, value: "hunter22", missing: { file: "none" } },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
});
