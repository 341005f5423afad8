/** An asset could not be fetched, or is not what the recipe says. A new bake may succeed. */
export class AssetFailed extends Error {
  static {
    this.prototype.name = "AssetFailed";
  }
}

/** The same, where another try a moment later may do. */
export class AssetInterrupted extends AssetFailed {}
