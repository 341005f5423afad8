import * as z from "zod";
import { AnsibleBody, dependencies, togetherWithTool, toolKeys } from "./ansible.ts";
import { Duration } from "./duration.ts";
import { FilesBody } from "./files.ts";
import {
  AbsolutePath,
  BundlePath,
  PackageName,
  ServiceName,
  Title,
  VariableName,
} from "./formats.ts";
import { atLeastOne, exactlyOne, keyed, required, some, whole } from "./shape.ts";
import { UsersBody } from "./users.ts";
import { When } from "./when.ts";

const SHELL = "write commands as text, or a map with inline or script";
const COMMANDS = "write commands as text, or a list of them";

const Environment = z.record(VariableName, z.string(), {
  error: "write a map from a variable's name to its text",
});

const ShellMap = keyed({
  inline: z
    .union([z.string(), some(z.string(), COMMANDS)], { error: COMMANDS })
    .optional()
    .describe("Commands for /bin/sh -e; the shell fills in ${…} itself, parameters among it."),
  script: BundlePath.optional().describe("An executable file in the recipe's folder."),
  environment: Environment.default({}).describe("Variables beside the recipe's parameters."),
  working_directory: AbsolutePath.default("/").describe("The folder in the image to run in."),
  allowed_exit_codes: some(
    whole(0, 255, "an exit code is from 0 to 255"),
    "list at least one exit code, as in [0, 3]",
  )
    .default([0])
    .describe("Exit codes that are a success."),
  cache: z
    .boolean({ error: "write true or false" })
    .default(false)
    .describe("Whether it does the same to the same disk: then a rebake need not run it again."),
})
  .check(exactlyOne(["inline", "script"]))
  .meta({ oneOf: required(["inline", "script"]) });

const PACKAGES = 'list packages, as in ["nginx"], or write a map with install, remove or upgrade';
const packageList = z.array(PackageName, { error: 'list packages, as in ["nginx"]' });
const EFFECTS = ["install", "remove", "upgrade"];

const PackagesMap = keyed({
  install: packageList.default([]).describe("Packages to install."),
  remove: packageList.default([]).describe("Packages to remove."),
  upgrade: z.boolean().default(false).describe("Upgrade what is installed first."),
})
  .check(atLeastOne(EFFECTS))
  .meta({ anyOf: required(EFFECTS) });

const serviceList = z.array(ServiceName, { error: 'list services, as in ["nginx"]' }).default([]);
const VERBS = ["enable", "disable", "mask"];

const ServicesMap = keyed({
  enable: serviceList.describe("Services that start at boot."),
  disable: serviceList.describe("Services that do not."),
  mask: serviceList.describe("Services that nothing can start."),
})
  .check(atLeastOne(VERBS))
  .meta({ anyOf: required(VERBS) });

/** What a step can do; each has exactly one of these keys, or `tool`. */
export const STEP_KINDS = ["shell", "packages", "files", "services", "users", "ansible"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** One entry of `configure:`, as written. */
export const WrittenStep = keyed({
  name: Title.optional().describe("What progress and failures call it."),
  when: When.optional(),
  timeout: Duration.default("30m").describe("How long it may take: 90s, 10m, 2h; at most 12h."),
  shell: z
    .union([z.string(), ShellMap], { error: SHELL })
    .optional()
    .describe("Runs commands, or a script, in the image."),
  packages: z
    .union([some(PackageName, "list at least one package"), PackagesMap], { error: PACKAGES })
    .optional()
    .describe("Installs, removes and upgrades packages; a list is what to install."),
  files: FilesBody.optional().describe("Writes files into the image."),
  services: ServicesMap.optional().describe("Enables, disables and masks services."),
  users: UsersBody.optional().describe("Makes users, or changes them."),
  ansible: AnsibleBody.optional().describe("Runs a playbook on the image."),
  ...toolKeys,
})
  .check(exactlyOne([...STEP_KINDS, "tool"]), togetherWithTool)
  .meta({ id: "step", oneOf: required([...STEP_KINDS, "tool"]), dependencies });
export type WrittenStep = z.infer<typeof WrittenStep>;
