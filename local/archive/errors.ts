/** An archive cannot be a bundle; the message says why and what would be right. */
export class UnusableArchive extends Error {
  static {
    this.prototype.name = "UnusableArchive";
  }
}
