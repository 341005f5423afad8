import { runChild } from "../../../local/child.ts";

/* Has a child whose lines it does not understand, and says what came of it. */

const argv = ["sh", "-c", "echo garbage; exec sleep infinity"];
const onLine = () => {
  throw new Error("not understood");
};
try {
  await runChild({ argv, signal: AbortSignal.timeout(20_000), onLine });
  process.stdout.write("not caught\n");
} catch (error) {
  process.stdout.write(`caught: ${(error as Error).message}\n`);
}
