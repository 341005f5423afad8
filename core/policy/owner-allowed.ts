import type { UncopiedStock } from "../origin.ts";
import { fits } from "../pattern.ts";

/** Whose stock images a policy lets in: account ids, EC2's aliases and `self`; and ids of images. */
export interface AllowedOwners {
  owners: readonly string[];
  images: readonly string[];
}

/**
 * Whether a stock image may be started from, by its id or its owner. `account` is the one that
 * bakes; absent on one machine.
 */
export const isOwnerAllowed = (
  { imageId, owner, ownerAlias = "" }: UncopiedStock,
  { owners, images }: AllowedOwners,
  account: string | undefined,
): boolean =>
  fits(imageId, images) ||
  fits(owner, owners) ||
  // a policy may name the makers of distributions by EC2's word for them
  (ownerAlias !== "" && fits(ownerAlias, owners)) ||
  (owner === account && fits("self", owners));
