import type { Command } from "commander";

/** A command's work: its operands as written, and its options with the program's own. */
export type Work<Options> = (operands: string[], options: Options) => Promise<void>;

/** Loads a command's file when it is the one that runs: `--help` needs none of them. */
export const lazily = <Options extends object>(load: () => Promise<Work<Options>>) =>
  async function (this: Command): Promise<void> {
    const work = await load();
    await work(this.args, this.optsWithGlobals<Options>());
  };

/** The same for a command that works in two places, which `--on` tells apart. */
export const byPlace = <Here extends object, Aws extends object>(works: {
  here: () => Promise<Work<Here>>;
  aws: () => Promise<Work<Aws>>;
}) =>
  async function (this: Command): Promise<void> {
    const isHere = this.opts<{ on: string }>().on === "here";
    await (isHere ? lazily(works.here) : lazily(works.aws)).call(this);
  };
