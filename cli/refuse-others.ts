import type { Command } from "commander";

/** Options of a command that mean nothing in one of the places that it works on. */
const only: Record<string, readonly string[]> = {
  here: ["parallel", "cache", "cacheLimit", "allowHost", "keepBuilder"],
  aws: ["stage", "prefix"],
};

/** Refuses options that the command would not look at. */
export const refuseOthers = (command: Command): void => {
  const { on = "here" } = command.opts<{ on?: string }>();
  for (const name of only[on === "aws" ? "here" : "aws"] ?? []) {
    if (command.getOptionValueSource(name) !== "cli") continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const where = on === "aws" ? "only for bakes on this machine" : "only for bakes --on aws";
    command.error(`error: ${flag === "--cache" ? "--no-cache" : flag} is ${where}`);
  }
};
