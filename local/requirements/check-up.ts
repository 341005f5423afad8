import { probeKvm } from "../kvm.ts";
import { apparmorProblem } from "./apparmor.ts";
import {
  folderProblem,
  freeSpace,
  GiB,
  hostArchitecture,
  isRoot,
  loopDeviceProblem,
} from "./machine.ts";
import { lacks, neededRequirements } from "./missing.ts";
import { installCommand, packagesFor } from "../../core/requirements/install-command.ts";
import { packageManager } from "./package-manager.ts";
import type { Requirement } from "../../core/requirements/requirement.ts";

/** `missing` stands in the way of every bake, or of most; `note` of none, or of a few. */
export type Verdict = "ok" | "missing" | "note";

export interface Finding {
  id: string;
  /** What it is needed for, as the end of "needed to …"; absent for facts of the machine. */
  purpose?: string;
  verdict: Verdict;
  /** What is so, and what to do about it. */
  message: string;
}

/** All that can be said of a machine before it bakes. */
export interface CheckUp {
  ready: boolean;
  requirements: Finding[];
  machine: Finding[];
  /** The one command that installs what is missing, or null. */
  install: string[] | null;
}

/** Looks at everything that any bake on this machine may need. */
export const checkUp = async (stateDir: string): Promise<CheckUp> => {
  const requirements = hostRequirements();
  const findings = requirements.map(requirementFinding);
  const machine = [
    systemFinding(),
    rootFinding(),
    loopFinding(),
    spaceFinding(stateDir),
    await kvmFinding(),
    ...apparmorFindings(),
  ];
  const missing = packagedMissing();
  const manager = packageManager();
  const installable = manager !== undefined && packagesFor(missing, manager).length > 0;
  return {
    ready: [...findings, ...machine].every(({ verdict }) => verdict !== "missing"),
    requirements: findings,
    machine,
    install: installable ? installCommand(missing, manager) : null,
  };
};

/** What is missing of what this machine's package manager should have, and most bakes use. */
export const packagedMissing = (): Requirement[] =>
  hostRequirements().filter(
    (requirement) =>
      requirement.otherwise === undefined &&
      !isSeldom(requirement) &&
      lacks(requirement).length > 0,
  );

/** What only recipes with some kind of step need. A bake of one gets it, or names it. */
const isSeldom = ({ when }: Requirement): boolean => when?.steps !== undefined;

const hostRequirements = (): Requirement[] =>
  neededRequirements({
    architecture: hostArchitecture() ?? "x86_64",
    fileSystems: ["ext4", "xfs", "btrfs"],
    distributions: ["debian", "ubuntu"],
    origins: ["scratch", "recipe", "image", "file"],
    boots: true,
    steps: ["shell", "packages", "files", "services", "users", "ansible"],
  });

const requirementFinding = (requirement: Requirement): Finding => {
  const { id, purpose } = requirement;
  const otherwise = requirement.otherwise ?? seldomNeeded(requirement);
  const absent = lacks(requirement);
  if (absent.length === 0) return { id, purpose, verdict: "ok", message: "found" };
  const what = `missing ${absent.join(", ")}`;
  return otherwise === undefined
    ? { id, purpose, verdict: "missing", message: what }
    : { id, purpose, verdict: "note", message: `missing; ${otherwise}` };
};

const seldomNeeded = ({ when, packages }: Requirement): string | undefined => {
  if (when?.steps === undefined) return undefined;
  const manager = packageManager();
  const name = manager && packages[manager];
  const remedy = name === undefined ? "" : `, and ${manager} has it in the package ${name}`;
  return `only recipes with ${when.steps.join(" or ")} steps need it${remedy}`;
};

const systemFinding = (): Finding => {
  const architecture = hostArchitecture();
  const good = process.platform === "linux" && architecture !== undefined;
  const message = `${process.platform} on ${architecture ?? process.arch}`;
  return good
    ? { id: "system", verdict: "ok", message }
    : {
        id: "system",
        verdict: "missing",
        message: `${message}: bakes need Linux on x86_64 or arm64`,
      };
};

const rootFinding = (): Finding =>
  isRoot()
    ? { id: "root", verdict: "ok", message: "this is root" }
    : { id: "root", verdict: "note", message: "this is not root: run bakes with sudo" };

const loopFinding = (): Finding => {
  const id = "loop devices";
  if (!isRoot()) return { id, verdict: "note", message: "not checked: only root may ask for one" };
  const problem = loopDeviceProblem();
  if (problem === undefined) return { id, verdict: "ok", message: "one is free" };
  return { id, verdict: "missing", message: problem };
};

/** The least that the smallest useful bake takes. */
const leastSpace = 3 * GiB;

const spaceFinding = (stateDir: string): Finding => {
  const id = "space";
  const problem = folderProblem(stateDir, leastSpace);
  if (problem !== undefined) return { id, verdict: "missing", message: problem };
  const free = Math.floor(freeSpace(stateDir) / GiB);
  return { id, verdict: "ok", message: `${free} GiB free in ${stateDir}` };
};

const apparmorFindings = (): Finding[] => {
  const problem = apparmorProblem();
  return problem === undefined ? [] : [{ id: "AppArmor", verdict: "note", message: problem }];
};

const kvmFinding = async (): Promise<Finding> => {
  const works = await probeKvm();
  return works
    ? { id: "KVM", verdict: "ok", message: "works" }
    : { id: "KVM", verdict: "note", message: "does not work: images boot in emulation, slower" };
};
