import type { Command } from "commander";
import { lazily } from "./lazily.ts";
import { json } from "./options.ts";

/** What was signed, and by which key. */
export const addProofCommands = (program: Command): void => {
  program
    .command("statement <image>")
    .description("print what was signed of an image: an envelope a line")
    .option("--decode", "print what is in the envelopes, as JSON; nothing is verified")
    .action(lazily(async () => (await import("./commands/statement.ts")).statement));
  program
    .command("key")
    .description("print the public key of the statements that are signed here")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/key.ts")).key));
};
