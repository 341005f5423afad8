/** What the image's package databases say of a file, by its path. */
export interface Owners {
  /** The name of the package that a path belongs to; undefined if none. */
  packageOf(path: string): string | undefined;
  /** Whether a package ships a file with this content at this path. */
  isShipped(path: string, sha256: string | undefined): boolean;
}

/** Where no database says whose a file is: none belongs to a package, and none is as it was shipped. */
export const noOwners: Owners = { packageOf: () => undefined, isShipped: () => false };
