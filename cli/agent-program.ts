import { extname, join } from "node:path";

/** This file's own ending tells whether it was compiled: the agent beside it was, too. */
export const agentProgram = join(
  import.meta.dirname,
  `../agent/main${extname(import.meta.filename)}`,
);
