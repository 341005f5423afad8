import type { Command } from "commander";
import { byPlace, lazily } from "./lazily.ts";
import { json, on, publicKey, stage } from "./options.ts";
import { refuseOthers } from "./refuse-others.ts";

/** All that is known, what was signed, by which key, and whether a disk is still what was baked. */
export const addProofCommands = (program: Command): void => {
  program
    .command("report <image|bake>")
    .description("write all that is known of an image, as a page for people")
    .option("--output <FILE>", "the file to write (default: standard output)")
    .addOption(on("look"))
    .addOption(stage())
    .hook("preAction", refuseOthers)
    .action(
      byPlace({
        here: async () => (await import("./commands/report.ts")).report,
        aws: async () => (await import("./commands/report-on-aws.ts")).reportOnAws,
      }),
    );
  program
    .command("statement <image>")
    .description("print what was signed of an image: an envelope a line")
    .option("--decode", "print what is in the envelopes, as JSON; nothing is verified")
    .action(lazily(async () => (await import("./commands/statement.ts")).statement));
  program
    .command("key")
    .description("print the public key of the statements that are signed here")
    .option("--replace", "have a new key sign from now on; what the old one signed still holds")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/key.ts")).key));
  program
    .command("verify <image|file>")
    .description("read a disk again, and say in what it is not as it was baked")
    .option("--against <INVENTORY>", "the inventory of a file: inventory.json.gz of its image")
    .option("--statements <FILE>", "what was signed of a file's image: image.intoto.jsonl")
    .addOption(publicKey())
    .addOption(on("verify"))
    .addOption(stage())
    .addOption(json())
    .hook("preAction", refuseOthers)
    .action(
      byPlace({
        here: async () => (await import("./commands/verify.ts")).verify,
        aws: async () => (await import("./commands/verify-on-aws.ts")).verifyOnAws,
      }),
    );
};
