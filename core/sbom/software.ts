import type { Distribution, Package, PackageKind } from "../inventory.ts";

/**
 * Kinds of packages that no package manager of the system knows, by their names in purls. Names
 * are those that OSV has: npm's `@scope/name`, Go's `example.org/a/module`, Maven's
 * `group:artifact`.
 */
export type LanguageKind = "npm" | "pypi" | "gem" | "golang" | "maven";

/** Anything with a version that an image holds. */
export type Software = Omit<Package, "kind"> & { kind: PackageKind | LanguageKind };

/** What is told of an image's software. */
export interface SoftwareList {
  /** What people call the image. */
  name: string;
  distribution?: Distribution;
  packages: readonly Software[];
}
