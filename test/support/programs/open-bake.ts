import { openBake } from "../../../local/bakes.ts";
import { pathsIn } from "../../../local/paths.ts";

/* Opens a bake of a version, says its id, and holds it until it is killed. */

const [state = "", version = ""] = process.argv.slice(2);
const open = await openBake(pathsIn(state), version, () => false);
process.stdout.write(`${open.bake}\n`);
setInterval(() => open.bake, 1e6);
