import { cp } from "node:fs/promises";
import { join } from "node:path";
import { agentPrograms } from "./agent-programs.ts";
import { bundle } from "./bundle.ts";
import { leanInterpreter } from "./lean-interpreter.ts";

/**
 * Makes of each program one file in a folder, as the package has them in `dist`; what they were
 * made of.
 */
export const buildPackage = async (outdir: string): ReturnType<typeof bundles> => {
  const made = await bundles(outdir);
  await cp("statemachines", join(outdir, "statemachines"), { recursive: true });
  return made;
};

const bundles = (outdir: string) =>
  Promise.all([
    // what a command does not use stays in pieces that it does not load, and those lie beside it
    bundle({
      ...{ entryPoints: ["cli/main.ts"], splitting: true, chunkNames: "cli/[name]-[hash]" },
      ...{ outdir, plugins: [leanInterpreter] },
    }),
    bundle({ entryPoints: [...agentPrograms], outdir }),
  ]);
