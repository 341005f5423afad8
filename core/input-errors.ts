/** Errors of what a recipe names: disks, archives, assets. */

/** What is on the origin's disk is not handled; the message names it, and nothing was written. */
export class UnsupportedDisk extends Error {
  static {
    this.prototype.name = "UnsupportedDisk";
  }
}

/** A file system on the origin's disk is damaged, by the word of its own checker. */
export class CorruptDisk extends Error {
  static {
    this.prototype.name = "CorruptDisk";
  }
}

/** A disk's file cannot be an origin; the message says why and what would be right. */
export class UnusableDisk extends Error {
  static {
    this.prototype.name = "UnusableDisk";
  }
}

/** An archive cannot be a bundle; the message says why and what would be right. */
export class UnusableArchive extends Error {
  static {
    this.prototype.name = "UnusableArchive";
  }
}

/** An asset could not be fetched, or is not what the recipe says. A new bake may succeed. */
export class AssetFailed extends Error {
  static {
    this.prototype.name = "AssetFailed";
  }
}
