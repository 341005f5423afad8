/** A disk's file cannot be taken as an origin; the message says why and what would be right. */
export class UnusableDisk extends Error {
  static {
    this.prototype.name = "UnusableDisk";
  }
}

/** A file is where an export is to go, and `force` was not given. */
export class TargetExists extends Error {
  static {
    this.prototype.name = "TargetExists";
  }
}
