import { rm } from "node:fs/promises";
import { packAgent } from "./pack/agent.ts";
import { buildFunctions } from "./pack/functions.ts";
import { built } from "./stacks/built.ts";

/*
 * `npm run build:aws`: makes what a stage is deployed with: a folder a function, and the agent with
 * its Node for each architecture, which builders fetch by its checksum.
 */

await rm(built.functions, { recursive: true, force: true });
await buildFunctions(built.functions);
for (const architecture of ["x86_64", "arm64"] as const) {
  const { path, sha256 } = await packAgent({ architecture, folder: "dist" });
  process.stdout.write(`${sha256}  ${path}\n`);
}
