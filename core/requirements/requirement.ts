import type { Architecture } from "../job.ts";
import type { Step } from "../step.ts";
import type { FileSystem, OriginReference, ScratchOrigin } from "../origin.ts";

/** The package managers whose commands we can name. */
export type Manager = "apt" | "dnf" | "zypper" | "pacman" | "apk";

export type Distribution = ScratchOrigin["distribution"];

export type OriginKind = OriginReference["kind"];

export type StepKind = Step["kind"];

/** What a bake is going to need of the machine. */
export interface Needs {
  architecture: Architecture;
  fileSystems: readonly FileSystem[];
  distributions: readonly Distribution[];
  /** What the image may start from. */
  origins: readonly OriginKind[];
  /** The kinds of its steps. */
  steps: readonly StepKind[];
  /** Whether images are booted on the machine too: a builder of EC2's boots none. */
  boots: boolean;
}

/** One thing a machine must have, and where to get it. */
export interface Requirement {
  id: string;
  /** What it is for, as the end of "needed to …". */
  purpose: string;
  /** All of these must be on the PATH; the inner list holds names that mean the same. */
  commands?: readonly (readonly string[])[];
  /** One of these paths must exist; each may be a glob. */
  files?: readonly string[];
  /** Package by manager; absent where the distribution has none. */
  packages: Partial<Record<Manager, string>>;
  /** What to do where there is no package. */
  otherwise?: string;
  /** Needed only when the bake is of this kind; always, when absent. */
  when?: {
    architecture?: Architecture;
    fileSystem?: FileSystem;
    distribution?: Distribution;
    origins?: readonly OriginKind[];
    steps?: readonly StepKind[];
    boots?: true;
  };
}

/** Whether a bake with these needs uses it. */
export const isNeeded = ({ when = {} }: Requirement, needs: Needs): boolean =>
  (when.architecture === undefined || when.architecture === needs.architecture) &&
  (when.fileSystem === undefined || needs.fileSystems.includes(when.fileSystem)) &&
  (when.distribution === undefined || needs.distributions.includes(when.distribution)) &&
  (when.origins === undefined || when.origins.some((kind) => needs.origins.includes(kind))) &&
  (when.steps === undefined || when.steps.some((kind) => needs.steps.includes(kind))) &&
  (when.boots === undefined || needs.boots);
