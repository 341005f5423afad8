import type { Sandbox } from "../sandbox.ts";
import type { Kernel } from "./kernels.ts";
import type { BootMount } from "./mounts.ts";

export interface RefreshOrder {
  sandbox: Sandbox;
  /** All file systems that booting depends on, mounted in the image. */
  mounts: readonly BootMount[];
  say(line: string): void;
}

/** What a boot loader is refreshed with. */
export interface RefreshContext extends RefreshOrder {
  root: string;
  /** The newest first. */
  kernels: readonly [Kernel, ...Kernel[]];
  /** Runs a program of the image that must succeed. Throws NotBootable. */
  inImage: InImage;
}

export type InImage = (argv: readonly string[]) => Promise<void>;
