import { DeleteSnapshotCommand, DeregisterImageCommand } from "@aws-sdk/client-ec2";
import { isNamed } from "../named-error.ts";
import { unusedCopies } from "./unused-copies.ts";

/**
 * Removes copies of stock images that nothing descends from, with their snapshots, unless it is to
 * say only which. Answers what they are copies of, by their own ids.
 */
export const removeUnusedCopies = async (
  account: Parameters<typeof unusedCopies>[0],
  days: number,
  dryRun: boolean,
): Promise<Record<string, string>> => {
  const copies = await unusedCopies(account, days);
  for (const { imageId, snapshotIds } of dryRun ? [] : copies) {
    await account.ec2
      .send(new DeregisterImageCommand({ ImageId: imageId }))
      .catch(unless("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"));
    for (const SnapshotId of snapshotIds) {
      await account.ec2
        .send(new DeleteSnapshotCommand({ SnapshotId }))
        .catch(unless("InvalidSnapshot.NotFound", "InvalidSnapshot.InUse"));
    }
  }
  return Object.fromEntries(copies.map(({ imageId, copyOf }) => [imageId, copyOf]));
};

/** Somebody else removed it, or uses it again. */
const unless =
  (...names: string[]) =>
  (error: unknown): void => {
    if (!isNamed(error, ...names)) throw error;
  };
