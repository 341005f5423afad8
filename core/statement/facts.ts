import type { BakeSource } from "../bake-source.ts";
import type { Beginning } from "../beginning.ts";
import type { Inventory } from "../inventory.ts";
import type { ResolvedRecipe } from "../job.ts";
import type { Registered } from "../registered.ts";
import type { OriginProof } from "./origin-proof.ts";
import type { ResourceDescriptor } from "./statement.ts";

/** Where a bake ran, as its provenance has it. */
export interface Builder {
  /** A URI: whose word the statement is. */
  id: string;
  /** Versions and digests of what runs there, by name. */
  version: Record<string, string>;
}

/** Of AWS; empty on one machine. */
export interface Place {
  account?: string;
  region?: string;
  stage?: string;
}

/** Digests, as `sha256:` and 64 digits, of what a bake made. */
export interface Digests {
  /** Of the file tree; absent for an inventory that has none. */
  tree?: string | undefined;
  /** Of the raw disk's file, where it is known. */
  disk?: string | undefined;
  /** Of the inventory's file, packed as it is kept. */
  inventory: string;
  /** Of the CycloneDX document that `ovenbird sbom` writes. */
  sbom: string;
}

/** All that a statement is made of. */
export interface Facts {
  image: Registered;
  recipe: ResolvedRecipe;
  /** Of the stored recipe, with its parameters filled in. */
  resolved: string;
  beginning: Beginning;
  /** Absent where no drop began the bake. */
  source?: BakeSource | undefined;
  /** Of an origin that is an image of ours. */
  origin?: OriginProof | undefined;
  inventory: Inventory;
  digests: Digests;
  /** Files that the recipe uses, and the programs that carried it out. */
  bundle: ResourceDescriptor[];
  tools: ResourceDescriptor[];
  /** Further reports on the image, that are kept with its bake. */
  reports: ResourceDescriptor[];
  builder: Builder;
  place: Place;
  /** ISO 8601. */
  finished: string;
}
