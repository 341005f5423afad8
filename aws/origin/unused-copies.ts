import { ImageId } from "../../core/ids.ts";
import { nowOf, type OriginsAccount } from "./account.ts";
import { type Ami, tagOf } from "../ami.ts";
import { copiesOf, lastUse } from "./copies.ts";
import { allLineages } from "./records.ts";

/** A copy of a stock image that nothing descends from. */
export interface UnusedCopy {
  imageId: ImageId;
  /** Of all its disks; deregistering an image leaves them. */
  snapshotIds: string[];
  /** The id of what it is a copy of. */
  copyOf: string;
  /** `YYYY-MM-DD`: when it was made, or when a bake last started from it. */
  lastUse: string;
}

const millisecondsADay = 24 * 60 * 60 * 1000;

/**
 * The copies that no recorded image descends from and no bake started from for that many days,
 * those that failed among them. `days` is longer than any bake takes: what a bake that is not over
 * started from is in no record yet. Throws CorruptRecord when not all lineages can be read.
 */
export const unusedCopies = async (
  account: Pick<OriginsAccount, "ec2" | "s3" | "stage" | "now">,
  days: number,
): Promise<UnusedCopy[]> => {
  const limit = new Date(nowOf(account) - days * millisecondsADay).toISOString().slice(0, 10);
  const old = (await copiesOf(account)).filter((copy) => lastUse(copy) < limit);
  if (old.length === 0) return [];
  const needed = await neededCopies(account);
  return old.map(described).filter(({ imageId }) => !needed.has(imageId));
};

const neededCopies = async (
  account: Pick<OriginsAccount, "s3" | "stage">,
): Promise<Set<ImageId>> => {
  const needed = new Set<ImageId>();
  for await (const lineage of allLineages(account)) {
    for (const ancestor of lineage) if (ancestor.kind === "stock") needed.add(ancestor.copyId);
  }
  return needed;
};

const described = (copy: Ami): UnusedCopy => ({
  imageId: ImageId.parse(copy.ImageId),
  snapshotIds: (copy.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
  copyOf: tagOf(copy, "copyOf") ?? "",
  lastUse: lastUse(copy),
});
