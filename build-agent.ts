import { packAgent } from "./pack/agent.ts";

/*
 * `npm run build:agent`: makes dist/agent-x86_64.tar.gz and dist/agent-arm64.tar.gz, which builders
 * fetch by their checksums.
 */

for (const architecture of ["x86_64", "arm64"] as const) {
  const { path, sha256 } = await packAgent({ architecture, folder: "dist" });
  process.stdout.write(`${sha256}  ${path}\n`);
}
