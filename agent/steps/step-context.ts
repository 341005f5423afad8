import type { BakeJob } from "../../core/job.ts";
import type { LateNetwork } from "../network.ts";
import type { Sandbox, SandboxOptions } from "../sandbox.ts";

/** What a step works with. */
export interface StepContext {
  sandbox: Sandbox;
  job: BakeJob;
  secrets: Record<string, string>;
  /** The tmpfs that is the image's `/run`, by a path of the host that steps cannot change. */
  runFolder: string;
  network: LateNetwork;
  /** A folder on a tmpfs, out of the image. */
  scratch: string;
  /** Variables for every program of the step, unless the step says otherwise. */
  environment: Record<string, string>;
  /** What makes less of fetching lists of packages; absent where they are not apt's. */
  lists?: { seed(): Promise<void>; readAhead(): void } | undefined;
  say(line: string): void;
}

/** Programs of a step, in the sandbox, all of them within the step's time. */
export type InStep = (argv: readonly string[], options?: InStepOptions) => Promise<void>;

export interface InStepOptions extends SandboxOptions {
  allowed?: readonly number[];
  /** What went wrong, when the program's output tells it better than its command and status. */
  failure?(): string | undefined;
}
