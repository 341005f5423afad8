import { accessSync, constants, globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseEnv } from "node:util";
import type { BuilderOrder } from "../../core/builder-order.ts";
import { NotReady } from "../../core/errors.ts";
import { FileSystem } from "../../core/origin.ts";
import { installCommand, packagesFor } from "../../core/requirements/install-command.ts";
import {
  isNeeded,
  type Manager,
  type Needs,
  type Requirement,
} from "../../core/requirements/requirement.ts";
import { requirements } from "../../core/requirements/table.ts";
import { attempt } from "../run.ts";

/** Builders are of two families. */
type BuilderManager = Extract<Manager, "apt" | "dnf">;

/** Seconds for which a first boot's own updates may hold the package manager. */
const lockTimeout = 300;

/** Seconds for the installation as a whole. */
const timeout = 900;

/**
 * Installs what the bake needs and this builder lacks. Throws NotReady with all that is missing
 * when the builder's repositories have it not.
 */
export const installTools = async (
  order: BuilderOrder,
  say: (line: string) => void,
): Promise<void> => {
  const missing = missingTools(order);
  if (missing.length === 0) return;
  const manager = managerOf(readOsRelease());
  if (manager === undefined) throw new NotReady(refusal(missing));
  say(`installing ${packagesFor(missing, manager).join(" ")}`);
  for (const [program = "", ...rest] of commandsFor(missing, manager)) {
    await attempt([program, ...rest], { env: environment(), timeout, onLine: say });
  }
  const still = missingTools(order);
  if (still.length > 0) throw new NotReady(refusal(still));
};

/** What of the table a bake uses and this machine has not. */
const missingTools = (order: BuilderOrder): Requirement[] =>
  requirements.filter(
    (requirement) => isNeeded(requirement, needsOf(order)) && lacks(requirement).length > 0,
  );

const needsOf = ({ recipe: { origin, steps }, architecture }: BuilderOrder): Needs => ({
  ...{ architecture, boots: false, origins: [origin.kind] },
  // any of them may be found on an origin's disk
  fileSystems: origin.kind === "scratch" ? [origin.fileSystem] : FileSystem.options,
  distributions: origin.kind === "scratch" ? [origin.distribution] : [],
  steps: steps.flatMap(({ kind, skipped }) => (skipped === undefined ? [kind] : [])),
});

const lacks = ({ commands = [], files = [] }: Requirement): string[] => [
  ...commands.filter((names) => !names.some(isThere)).map(([name = ""]) => name),
  ...(files.length > 0 && !files.some((path) => globSync(path).length > 0)
    ? files.slice(0, 1)
    : []),
];

const isThere = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** The package manager of a distribution, by what its os-release says of it. */
export const managerOf = (osRelease: string): BuilderManager | undefined => {
  const { ID = "", ID_LIKE = "" } = parseEnv(osRelease);
  const families = [ID, ...ID_LIKE.split(" ")];
  if (families.some((name) => ["debian", "ubuntu"].includes(name))) return "apt";
  return families.some((name) => ["fedora", "rhel", "amzn"].includes(name)) ? "dnf" : undefined;
};

/** One that fails, over one package of many say, is known by what is missing after it. */
const commandsFor = (missing: readonly Requirement[], manager: BuilderManager): string[][] => {
  const [program = "", ...rest] = installCommand(missing, manager);
  if (manager === "dnf") return [[program, "--setopt=strict=False", ...rest]];
  const waiting = ["-o", `DPkg::Lock::Timeout=${lockTimeout}`];
  return [
    [program, ...waiting, "update"],
    [program, ...waiting, ...rest],
  ];
};

const environment = (): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  DEBIAN_FRONTEND: "noninteractive",
  NEEDRESTART_SUSPEND: "1", // Ubuntu's hook restarts services otherwise, Systems Manager's too
});

const refusal = (missing: readonly Requirement[]): string => {
  const { PRETTY_NAME = "this builder's system" } = parseEnv(readOsRelease());
  const lines = missing.map((one) => `  ${lacks(one).join(", ")}: to ${one.purpose}`);
  return [
    `the builder lacks what the bake needs, and the repositories of ${PRETTY_NAME} that it reaches have it not:`,
    ...lines,
    "builders of an Ubuntu LTS have it all; or name an AMI for builders that brings it",
  ].join("\n");
};

const readOsRelease = (): string => {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
};
