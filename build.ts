import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildPackage } from "./pack/build-package.ts";
import { licences } from "./pack/bundle.ts";

/*
 * `npm run build`: makes of each program one file, with what it uses of other packages in it. A
 * command then starts in half the time, installing Ovenbird installs nothing else, and an agent is
 * a file that a builder can fetch by its checksum.
 */

const out = "dist";

await rm(out, { recursive: true, force: true });
const made = await buildPackage(out);
await writeFile(join(out, "LICENSES"), await licences(made));
