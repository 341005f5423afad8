import type { LocalProvenance } from "./local-provenance.ts";

/** What the one who bakes decides, and not the recipe. */
export interface BakeChoices {
  /** Bytes that disks kept after steps may take; absent, every step runs and no disk is kept. */
  stepCacheLimit: number | undefined;
  /** Whether the recipe may reach this machine: its `host:`. */
  allowHost: boolean;
  /** Whether the builder is kept when a step fails. */
  keepBuilder: boolean;
  /** The provenance policy; and who is asked of vulnerabilities, if anybody. */
  provenance: LocalProvenance;
}
