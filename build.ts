import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, licences } from "./pack/bundle.ts";
import { agentPrograms } from "./pack/agent-programs.ts";

/*
 * `npm run build`: makes of each program one file, with what it uses of other packages in it. A
 * command then starts in half the time, installing Ovenbird installs nothing else, and an agent is
 * a file that a builder can fetch by its checksum.
 */

const out = "dist";

await rm(out, { recursive: true, force: true });
const made = [
  // what a command does not use stays in pieces that it does not load, and those lie beside it
  await bundle({ entryPoints: ["cli/main.ts"], splitting: true, chunkNames: "cli/[name]-[hash]" }),
  await bundle({ entryPoints: [...agentPrograms] }),
];
await cp("statemachines", join(out, "statemachines"), { recursive: true });
await writeFile(join(out, "LICENSES"), await licences(made));
