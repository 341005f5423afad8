import { AssetFailed } from "../core/errors.ts";

/** A fetch that failed, where another try a moment later may do. */
export class AssetInterrupted extends AssetFailed {}
