import type { Command } from "commander";

/** Options of a command that mean nothing in one of the places that it works on. */
const only: Record<string, readonly string[]> = {
  here: [
    "parallel",
    "cache",
    "cacheLimit",
    "allowHost",
    "keepBuilder",
    "policy",
    "vulnerabilities",
    "against",
    "statements",
  ],
  aws: ["stage", "prefix", "dryRun"],
};

/** Refuses options that the command would not look at. */
export const refuseOthers = (command: Command): void => {
  const { on = "here" } = command.opts<{ on?: string }>();
  for (const name of only[on === "aws" ? "here" : "aws"] ?? []) {
    if (command.getOptionValueSource(name) !== "cli") continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const where = `only for ${command.name()}s ${on === "aws" ? "on this machine" : "--on aws"}`;
    command.error(`error: ${flag === "--cache" ? "--no-cache" : flag} is ${where}`);
  }
};
