import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** In the sources as in the package, it lies beside the folder of the command line. */
const machine = join(import.meta.dirname, "../statemachines/bake.asl.json");

/** The state machine of a bake, as its file has it. */
export const readBakeDefinition = async (): Promise<unknown> =>
  JSON.parse(await readFile(machine, "utf8"));
