import type { DiskFacts } from "../core/job.ts";
import type { PackageOrigins } from "../core/inventory/found/package-list.ts";
import type { RepositoryDigest } from "../core/step-cache.ts";
import type { BootFacts } from "./boot/facts.ts";
import type { BootMount } from "./boot/mounts.ts";

/** A working disk with a system on it, mounted, until the scope ends. */
export interface ReadyDisk extends AsyncDisposable {
  /** Where the image's root is mounted. */
  root: string;
  fileSystem: DiskFacts["fileSystem"];
  /** All that booting depends on, where it is mounted in the image. */
  mounts: readonly BootMount[];
  /**
   * What repositories said when it was made from their packages; undefined where they cannot be
   * asked again.
   */
  repositories: RepositoryDigest[] | undefined;
  /** Where its packages are from, as far as that is known. */
  origins: PackageOrigins;
  /** How it boots, as it is by now. Throws NotBootable. */
  facts(): Promise<BootFacts>;
  /** Has all of it on the disk, also what is mounted as a copy. Throws UnfitForEsp. */
  writeBack(): Promise<void>;
}
