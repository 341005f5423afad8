import { NotReady } from "../../core/errors.ts";
import type { ResolvedRecipe } from "../../core/job.ts";
import { FileSystem } from "../../core/origin.ts";
import { usualArchitecture, usualVolumeSize } from "../../core/settle-origin.ts";
import { install } from "./install.ts";
import { GiB, folderProblem, hostArchitecture, isRoot, loopDeviceProblem } from "./machine.ts";
import { lacks, missingRequirements } from "./missing.ts";
import { installCommand, packagesFor } from "../../core/requirements/install-command.ts";
import { packageManager } from "./package-manager.ts";
import type { Needs, Requirement } from "../../core/requirements/requirement.ts";

/** A packed root file system and the disk made of it take about this much while they grow. */
const leastSpace = 3;

export interface Preflight {
  recipe: Pick<ResolvedRecipe, "architecture" | "origin" | "rootVolumeSize" | "steps">;
  stateDir: string;
  /** Tells the operator what is about to be done to the machine. */
  say: (line: string) => void;
}

/**
 * Makes sure, before any work, that this machine can carry the bake out. Installs what is missing
 * as root on an apt machine, after saying so. Throws one NotReady with all that is wrong.
 */
export const preflight = async ({ recipe, stateDir, say }: Preflight): Promise<void> => {
  if (process.platform !== "linux") {
    throw new NotReady(
      `bakes need Linux, and this is ${process.platform}: run ovenbird in a Linux virtual machine`,
    );
  }
  const { missing: atFirst, problems: others } = await readiness({ recipe, stateDir });
  let missing = atFirst;
  // Nothing is installed for a bake that cannot be carried out anyway.
  const mayInstall = isRoot() && others.length === 0 && packageManager() === "apt";
  if (missing.length > 0 && mayInstall) {
    say(`installing what the bake needs: ${packagesFor(missing, "apt").join(" ")}`);
    await install(missing);
    missing = await missingRequirements(needsOf(recipe));
  }
  const problems = [...others, ...(missing.length > 0 ? [missingText(missing)] : [])];
  if (problems.length > 0) throw new NotReady(problems.join("\n"));
};

/** What a bake of this recipe lacks on this machine, and what no package mends. */
export const readiness = async (bake: Omit<Preflight, "say">) => ({
  missing: await missingRequirements(needsOf(bake.recipe)),
  problems: machineProblems(bake),
});

/** The tools are this machine's, whatever the recipe is for: a foreign one is refused as such. */
const needsOf = ({ architecture, origin, steps }: Preflight["recipe"]): Needs => {
  const common = {
    architecture: hostArchitecture() ?? architecture ?? usualArchitecture,
    origins: [origin.kind],
    boots: true,
    steps: steps.flatMap(({ kind, skipped }) => (skipped === undefined ? [kind] : [])),
  };
  return origin.kind === "scratch"
    ? { ...common, fileSystems: [origin.fileSystem], distributions: [origin.distribution] }
    : { ...common, fileSystems: FileSystem.options, distributions: [] }; // whatever is found there
};

/** What no package mends. */
const machineProblems = ({ recipe, stateDir }: Omit<Preflight, "say">): string[] => {
  const space = Math.min(recipe.rootVolumeSize ?? usualVolumeSize, leastSpace) * GiB;
  const problems = [
    isRoot() ? undefined : "bakes mount file systems, which only root may: run it with sudo",
    architectureProblem(recipe.architecture),
    isRoot() ? loopDeviceProblem() : undefined, // nobody else may ask for one
    folderProblem(stateDir, space),
  ];
  return problems.filter((problem) => problem !== undefined);
};

const architectureProblem = (architecture: string | undefined): string | undefined => {
  const host = hostArchitecture() ?? process.arch;
  if (architecture === undefined || architecture === host) return undefined;
  return `the recipe is for ${architecture} and this machine is ${host}: bake it on a builder of that architecture`;
};

/** What is missing, and the one command that brings it. */
export const missingText = (missing: readonly Requirement[]): string => {
  const lines = missing.map(
    (requirement) => `  ${lacks(requirement).join(", ")}: to ${requirement.purpose}`,
  );
  return ["missing on this machine:", ...lines, ...remedies(missing)].join("\n");
};

const remedies = (missing: readonly Requirement[]): string[] => {
  const manager = packageManager();
  const packaged = missing.filter(({ packages }) => manager && packages[manager]);
  const otherwise = missing.flatMap((requirement) => requirement.otherwise ?? []);
  const hints = otherwise.map((hint) => `where there is no such package: ${hint}`);
  if (manager === undefined || packaged.length === 0) {
    return ["install them by hand: no package manager that Ovenbird knows is here", ...hints];
  }
  const command = installCommand(packaged, manager).join(" ");
  return [`install with: ${isRoot() ? command : `sudo ${command}`}`, ...hints];
};
