import { CopyImageCommand, CreateTagsCommand } from "@aws-sdk/client-ec2";
import { OriginFailed, OriginPending, OriginRefused } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import { isNamed } from "../named-error.ts";
import { filters } from "../tags.ts";
import { nowOf, type OriginsAccount } from "./account.ts";
import { type Ami, named, newestFirst, tagValue } from "../ami.ts";
import { copyOrder, copyTagKeys } from "./copy-order.ts";
import { amisThatFit } from "../find-images.ts";

/** This stage's copies of an image, or of all, the oldest first, in whatever state. */
export const copiesOf = async (
  { ec2, stage }: Pick<OriginsAccount, "ec2" | "stage">,
  copyOf?: string,
): Promise<Ami[]> => {
  const Filters = filters(stage, { role: "origin", ...(copyOf !== undefined && { copyOf }) });
  const all = await amisThatFit(ec2, { Owners: ["self"], Filters });
  return all.toSorted((one, other) => newestFirst(other, one));
};

const failedStates = new Set(["failed", "error", "invalid"]);

/** Of several copies all bakes take the oldest, so that they are the same for all. */
export const usableCopy = (copies: readonly Ami[]): Ami | undefined =>
  copies.find(({ State }) => State === "available");

/**
 * The copy of an image that bakes start from, begun when there is none. A bake begins one at most:
 * when that fails, it fails, and the next bake tries again. Throws OriginPending, OriginFailed,
 * OriginRefused.
 */
export const copyFor = async (
  account: OriginsAccount,
  bake: BakeId,
  { source, copies }: { source: Ami; copies: readonly Ami[] },
): Promise<Ami> => {
  const copy = usableCopy(copies);
  if (copy !== undefined) return copy;
  const failed = copies.filter(({ State = "" }) => failedStates.has(State));
  const pending = copies.find(({ State }) => State === "pending");
  if (pending !== undefined) throw copying(source, pending.ImageId);
  const own = failed.findLast((ami) => tagValue(ami, copyTagKeys.startedBy) === bake);
  if (own !== undefined) throw failure(source, own);
  throw copying(source, await begin(account, { bake, source, failed }));
};

const copying = (source: Ami, copy?: string): OriginPending =>
  new OriginPending(
    `the origin ${named(source)} is being copied into this account${copy === undefined ? "" : `, to ${copy}`}`,
  );

const failure = (source: Ami, { ImageId, StateReason }: Ami): OriginFailed =>
  new OriginFailed(
    `the origin ${named(source)} was copied to ${ImageId}, and that failed: ${StateReason?.Message ?? "EC2 gives no reason"}; a new bake copies it again`,
  );

const unreadable = /permission to access the storage of this ami/i;

/** What there may be of at once, as 20 copies in a region: later there is room. */
const full = [
  ...["ResourceLimitExceeded", "PendingSnapshotLimitExceeded", "ConcurrentSnapshotLimitExceeded"],
];

const begin = async (
  account: OriginsAccount,
  order: { bake: BakeId; source: Ami; failed: readonly Ami[] },
): Promise<string | undefined> => {
  const { bake, source } = order;
  const failed = order.failed.flatMap(({ ImageId }) => ImageId ?? []);
  try {
    const call = new CopyImageCommand(copyOrder(account, { bake, source, failed }));
    return (await account.ec2.send(call)).ImageId;
  } catch (error) {
    // of the same token, by another bake at the same moment: its copy is found by its tags
    if (isNamed(error, "IdempotentParameterMismatch")) return undefined;
    if (isNamed(error, ...full)) throw waiting(source, error);
    if (error instanceof Error && unreadable.test(error.message)) throw closed(source, error);
    throw error;
  }
};

const waiting = (source: Ami, error: unknown): OriginPending =>
  new OriginPending(
    `the origin ${named(source)} waits to be copied, as EC2 has no room for another copy now: ${(error as Error).message}`,
    { cause: error },
  );

const closed = (source: Ami, cause: Error): OriginRefused =>
  new OriginRefused(
    `the origin ${named(source)} cannot be copied: its owner, ${source.OwnerId}, lets nobody read the snapshot behind it. Such an image would have to be launched once and made anew by CreateImage, which this version does not do: do so yourself and name that image, or choose another`,
    { cause },
  );

/** Says on the copy that it is in use today: what was not used for long is removed. */
export const markUsed = async (account: OriginsAccount, copy: Ami): Promise<void> => {
  const { ec2 } = account;
  const today = new Date(nowOf(account)).toISOString().slice(0, 10);
  if (copy.ImageId === undefined || lastUse(copy) >= today) return;
  const Tags = [{ Key: copyTagKeys.usedOn, Value: today }];
  await ec2.send(new CreateTagsCommand({ Resources: [copy.ImageId], Tags }));
};

/** `YYYY-MM-DD` of its last use, or of the day on which it was made. */
export const lastUse = (copy: Ami): string =>
  [tagValue(copy, copyTagKeys.usedOn), copy.CreationDate?.slice(0, 10)]
    .map((day = "") => day)
    .toSorted()
    .at(-1) ?? "";
