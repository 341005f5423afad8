import { CommanderError } from "commander";
import { outputProblem, watchOutput } from "./output.ts";
import { program } from "./program.ts";

/** Runs one command line. The one place that prints errors and sets the exit code. */
const main = async (argv: readonly string[]): Promise<void> => {
  watchOutput();
  try {
    await program().parseAsync(argv);
    const problem = await outputProblem();
    if (problem !== undefined) throw problem;
  } catch (error) {
    // Commander has printed its own: help, or what is wrong with the command line.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = (await import("./report.ts")).report(error);
  }
};

await main(process.argv);
