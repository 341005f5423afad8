import { InvalidArgumentError, Option } from "commander";

/* The options of commands: each its name, its help and what it takes. */

export const json = () => new Option("--json", "print JSON, for programs");

export const set = () =>
  new Option("--set <NAME=VALUE>", "give a parameter its value; repeatable")
    .default({}, "none")
    .argParser((text: string, given: Record<string, string>) => {
      const at = text.indexOf("=");
      if (at < 1) throw new InvalidArgumentError("Write NAME=VALUE, as in --set VERSION=1.2.");
      return { ...given, [text.slice(0, at)]: text.slice(at + 1) };
    });

export const parallel = () =>
  new Option("--parallel <N>", "how many bakes may run at once")
    .default(1)
    .argParser((text: string) => {
      if (/^[1-9][0-9]?$/.test(text)) return Number(text);
      throw new InvalidArgumentError("Write a whole number from 1 to 99.");
    });

export const cacheLimit = () =>
  new Option("--cache-limit <GiB>", "disks kept between steps take no more than that")
    .default(20)
    .argParser((text: string) => {
      if (/^[0-9]{1,6}$/.test(text)) return Number(text);
      throw new InvalidArgumentError("Write a whole number of GiB.");
    });
export const allowHost = () =>
  new Option("--allow-host", "let recipes reach this machine: their host: files, mounts, commands");

/** What images of this machine are judged by. */
export const policyFile = () =>
  new Option(
    "--policy <FILE>",
    "the provenance policy (default: the one that holds without a file)",
  );

export const vulnerabilities = () =>
  new Option(
    "--vulnerabilities <SOURCE>",
    "who knows of vulnerabilities: a folder with OSV's data, osv, or a URL (default: $OVENBIRD_VULNERABILITIES, or nobody)",
  );

export const on = (verb: string) =>
  new Option("--on <place>", `where to ${verb}: on this machine, or in an AWS account`)
    .choices(["here", "aws"])
    .default("here");

export const onAws = () =>
  new Option("--on <place>", "where: in an AWS account").choices(["aws"]).makeOptionMandatory();

export const stage = () =>
  new Option("--stage <NAME>", "the stage on AWS (default: $OVENBIRD_STAGE_NAME, or dev)");

export const prefix = () =>
  new Option("--prefix <NAME>", "the folder of the bucket that recipes are dropped in, on AWS");

export const last = () =>
  new Option("--last <N>", "how many are listed").default(20).argParser((text: string) => {
    if (/^[1-9][0-9]{0,4}$/.test(text)) return Number(text);
    throw new InvalidArgumentError("Write a whole number from 1 to 99999.");
  });

/** By whose signatures statements are taken, instead of the keys that are trusted anyway. */
export const publicKey = () =>
  new Option(
    "--key <PEM>",
    "a file with the public key of whoever signed; repeatable (default: this machine's, or the stage's)",
  ).argParser((file: string, files: string[] | undefined) => [...(files ?? []), file]);

export const memory = () =>
  new Option("--memory <MiB>", "memory of the virtual machine")
    .default(1024)
    .argParser((text: string) => {
      const isWhole = /^[0-9]{1,7}$/.test(text);
      if (isWhole && Number(text) >= 128) return Number(text);
      throw new InvalidArgumentError("Write a whole number of MiB, 128 or more.");
    });
