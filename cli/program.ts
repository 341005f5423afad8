import { Argument, Command, Option } from "commander";
import { byPlace, lazily } from "./lazily.ts";
import packageJson from "../package.json" with { type: "json" };
import {
  json,
  set,
  parallel,
  cacheLimit,
  allowHost,
  on,
  onAws,
  stage,
  prefix,
  last,
  memory,
  policyFile,
  vulnerabilities,
} from "./options.ts";
import { addProofCommands } from "./proof-commands.ts";
import { refuseOthers } from "./refuse-others.ts";

const addRecipeCommands = (program: Command): void => {
  program
    .command("bake <recipe...>")
    .description("bake images from recipe files, parents before children")
    .addOption(set())
    .addOption(parallel())
    .option("--no-cache", "run every step, and keep no disk for later bakes")
    .addOption(cacheLimit())
    .addOption(allowHost())
    .option("--keep-builder", "keep the builder of a bake whose steps fail, for `shell`")
    .addOption(policyFile())
    .addOption(vulnerabilities())
    .addOption(on("bake"))
    .addOption(stage())
    .addOption(prefix())
    .addOption(json())
    .hook("preAction", refuseOthers)
    .action(
      byPlace({
        here: async () => (await import("./commands/bake.ts")).bake,
        aws: async () => (await import("./commands/bake-on-aws.ts")).bakeOnAws,
      }),
    );
  program
    .command("plan <recipe...>")
    .description("say what baking recipe files would do, and do nothing")
    .addOption(set())
    .addOption(policyFile())
    .addOption(on("bake"))
    .addOption(stage())
    .addOption(prefix())
    .addOption(json())
    .hook("preAction", refuseOthers)
    .action(
      byPlace({
        here: async () => (await import("./commands/plan.ts")).plan,
        aws: async () => (await import("./commands/plan-on-aws.ts")).planOnAws,
      }),
    );
  program
    .command("validate <recipe...>")
    .description("say whether recipe files are right, and bake nothing")
    .addOption(set())
    .addOption(json())
    .action(lazily(async () => (await import("./commands/validate.ts")).validate));
  program
    .command("schema")
    .description(
      "print a JSON Schema: of recipes or policies, for editors, or of what subscribers are told",
    )
    .addArgument(
      new Argument("[document]", "of what (default: recipe)").choices([
        ...["recipe", "announcement", "policy"],
      ]),
    )
    .addOption(json())
    .action(lazily(async () => (await import("./commands/schema.ts")).schema));
};

const addImageCommands = (program: Command): void => {
  program
    .command("images")
    .description("list the images, newest first")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/images.ts")).images));
  program
    .command("show <image>")
    .description("print all that is known of an image, by id or name")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/show.ts")).show));
  program
    .command("lineage <image>")
    .description("print what an image descends from, and what descends from it")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/lineage.ts")).lineage));
  program
    .command("diff <image> <image>")
    .description("say in what two images differ: packages, files and size")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/diff.ts")).diff));
  program
    .command("check <image>")
    .description("hold an image to a provenance policy again; of a rejected bake, say why")
    .addOption(policyFile())
    .addOption(vulnerabilities())
    .addOption(json())
    .action(lazily(async () => (await import("./commands/check.ts")).check));
  program
    .command("sbom <image>")
    .description("write what software is in an image, as a software bill of materials")
    .addOption(
      new Option("--format <format>", "CycloneDX 1.5 or SPDX 2.3, in JSON")
        .choices(["cyclonedx", "spdx"])
        .default("cyclonedx"),
    )
    .option("--output <FILE>", "the file to write (default: standard output)")
    .action(lazily(async () => (await import("./commands/sbom.ts")).sbom));
  program
    .command("boot <image>")
    .description("boot an image in QEMU on this terminal; what it writes is thrown away")
    .addOption(
      new Option("--firmware <kind>", "what it boots by").choices(["uefi", "bios"]).default("uefi"),
    )
    .addOption(memory())
    .action(lazily(async () => (await import("./commands/boot.ts")).boot));
  program
    .command("export <image> <file>")
    .description("write an image's disk to a file that other programs take")
    .addOption(
      new Option("--format <format>", "the file's format (default: by its name)").choices([
        ...["raw", "qcow2", "vmdk", "vhd"],
      ]),
    )
    .option("--force", "replace a file that is there")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/export.ts")).exportImage));
  program
    .command("rm <image...>")
    .description("remove images, by id or name")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/rm.ts")).rm));
};

const addBakeCommands = (program: Command): void => {
  program
    .command("shell <bake> [command...]")
    .description(
      "open a shell on a kept builder's disk, where the steps ran, or run a command there",
    )
    .option(
      "--secrets <FOLDER>",
      "give the recipe's secrets again; their files are found from there",
    )
    .action(lazily(async () => (await import("./commands/shell.ts")).shell));
  program
    .command("release <bake...>")
    .description("give kept builders back")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/release.ts")).release));
};

const addAwsCommands = (program: Command): void => {
  program
    .command("push <recipe>")
    .description("drop a recipe or bundle in a stage's bucket, which starts its bake")
    .addOption(set())
    .addOption(prefix())
    .addOption(stage())
    .addOption(json())
    .action(lazily(async () => (await import("./commands/push.ts")).push));
  program
    .command("bakes")
    .description("list the bakes of a stage, newest first")
    .addOption(last())
    .addOption(stage())
    .addOption(json())
    .action(lazily(async () => (await import("./commands/bakes.ts")).bakes));
  program
    .command("logs <bake>")
    .description("show a bake of a stage, until its end when it still runs")
    .addOption(stage())
    .addOption(json())
    .action(lazily(async () => (await import("./commands/logs.ts")).logs));
  program
    .command("stop <bake>")
    .description("stop a bake of a stage")
    .addOption(stage())
    .addOption(json())
    .action(lazily(async () => (await import("./commands/stop.ts")).stop));
};

const addSelftest = (program: Command): void => {
  program
    .command("selftest")
    .description("have a throw-away stage in an AWS account show that bakes work, and remove it")
    .addOption(onAws())
    .option("--yes", "make it without asking")
    .option("--keep", "leave the stage when it is done")
    .option("--remove <STAGE>", "only remove what an earlier selftest left")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/selftest.ts")).selftest));
};

const addMachineCommands = (program: Command): void => {
  program
    .command("sweep")
    .description("release what dead bakes left")
    .addOption(on("sweep"))
    .addOption(stage())
    .option("--dry-run", "say what would be released, on AWS, and release nothing")
    .addOption(json())
    .hook("preAction", refuseOthers)
    .action(
      byPlace({
        here: async () => (await import("./commands/sweep.ts")).sweep,
        aws: async () => (await import("./commands/sweep-on-aws.ts")).sweepOnAws,
      }),
    );
  program
    .command("doctor")
    .description("say what this machine needs to bake, and what of it is missing")
    .option("--install", "install what is missing")
    .addOption(json())
    .action(lazily(async () => (await import("./commands/doctor.ts")).doctor));
};

/** The command line: every command and option there is. */
export const program = (): Command => {
  const program = new Command("ovenbird")
    .description("A machine-image bakery: a recipe becomes a bootable, tested image.")
    .version(packageJson.version)
    .option("--state <DIR>", "folder of images (default: $XDG_DATA_HOME/ovenbird)")
    .option("--no-color", "print without colours")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .hook("preAction", (command) => {
      if (command.opts<{ color: boolean }>().color) return;
      process.env["NO_COLOR"] = "1";
      delete process.env["FORCE_COLOR"];
    });
  addRecipeCommands(program);
  addImageCommands(program);
  addProofCommands(program);
  addBakeCommands(program);
  addAwsCommands(program);
  addSelftest(program);
  addMachineCommands(program);
  return program;
};
