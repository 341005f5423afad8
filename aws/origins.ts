import type { BakeId } from "../core/ids.ts";
import type { OriginReference } from "../core/origin.ts";
import type { Origin, Origins } from "../core/ports.ts";
import { unlookedOrigin } from "../core/unlooked-origin.ts";
import type { OriginsAccount } from "./origin/account.ts";
import { copyFor, markUsed } from "./origin/copies.ts";
import { originOfCopy, seeOrigin } from "./origin/see.ts";
import { foundOnce } from "./origin/told.ts";
import { patient } from "./patient.ts";

/**
 * Images of EC2: this stage's own are used as they are; any other is copied into the account once,
 * as a snapshot of a disk from another account's, or of another key, would be a whole one each
 * time. The copy is also what was used, whatever becomes of the original.
 */
export const ec2Origins = (account: OriginsAccount): Origins => ({
  resolve: patient((bake, reference) => resolve(account, bake, reference)),
});

const resolve = async (
  account: OriginsAccount,
  bake: BakeId,
  reference: OriginReference,
): Promise<Origin> =>
  unlookedOrigin(reference) ?? foundOnce(account, reference, () => find(account, bake, reference));

const find = async (
  account: OriginsAccount,
  bake: BakeId,
  reference: OriginReference,
): Promise<Origin> => {
  const seen = await seeOrigin(account, reference);
  if ("origin" in seen) return seen.origin;
  const copy = "copy" in seen ? seen.copy : await copyFor(account, bake, seen);
  const origin = originOfCopy(seen, copy);
  await markUsed(account, copy);
  return origin;
};
