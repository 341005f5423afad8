import { NotFound, OriginRefused } from "../core/errors.ts";
import { type BakeId, ImageId, SnapshotId } from "../core/ids.ts";
import { Architecture } from "../core/job.ts";
import type { OriginReference } from "../core/origin.ts";
import type { Origin, Origins } from "../core/ports.ts";
import { nowOf, type OriginsAccount } from "./origin/account.ts";
import { type Ami, isOfStage, named, rootDisk, tagged } from "./origin/ami.ts";
import { copiesOf, copyFor, markUsed, usableCopy } from "./origin/copies.ts";
import { copyTagKeys } from "./origin/copy-order.ts";
import { amiOfId } from "./origin/describe.ts";
import { idInParameter, newestOfRecipe, newestThatFits } from "./origin/find.ts";
import { refuseUnfit } from "./origin/fitness.ts";
import { recordOf } from "./origin/records.ts";
import { patient } from "./patient.ts";
import { tagKeys } from "./tags.ts";

/**
 * Images of EC2: this stage's own are used as they are; any other is copied into the account once,
 * as a snapshot of a disk from another account's, or of another key, would be a whole one each
 * time. The copy is also what was used, whatever becomes of the original.
 */
export const ec2Origins = (account: OriginsAccount): Origins => ({
  resolve: patient((bake, reference) => find(account, bake, reference)),
});

const find = async (
  account: OriginsAccount,
  bake: BakeId,
  reference: OriginReference,
): Promise<Origin> => {
  switch (reference.kind) {
    case "scratch": {
      const { kind, distribution, suite } = reference;
      return { lineage: [{ kind, distribution, suite }], snapshotId: null };
    }
    case "file":
      throw new OriginRefused(
        `the origin ${reference.file} is a disk's file, which is imported on one machine only; make an image of it in this account, by EC2's import-image, and name that`,
      );
    case "recipe":
      return ofOwn(account, await newestOfRecipe(account, reference));
    case "filter":
      return ofAmi(account, bake, await newestThatFits(account, reference));
    case "parameter":
      return ofId(account, bake, await idInParameter(account, reference));
    case "image":
      return ofId(account, bake, reference.imageId);
  }
};

const ofId = async (account: OriginsAccount, bake: BakeId, imageId: ImageId): Promise<Origin> => {
  if (imageId.startsWith("img-")) {
    throw new OriginRefused(
      `the origin ${imageId} is an image of one machine, and this bake is in an AWS account; name its recipe, or an image of EC2's, ami-…`,
    );
  }
  const ami = await amiOfId(account.ec2, imageId);
  if (ami !== undefined) return ofAmi(account, bake, ami);
  const copy = usableCopy(await copiesOf(account, imageId));
  if (copy === undefined) {
    throw new NotFound(
      `there is no image ${imageId} in ${account.stage.region}; it is of another region, was deregistered, or is not shared with this account`,
    );
  }
  return ofCopy(account, { original: imageId, copy });
};

const ofAmi = async (account: OriginsAccount, bake: BakeId, ami: Ami): Promise<Origin> => {
  if (!isOfStage(ami, account.stage)) return ofStock(account, bake, ami);
  if (tagged(ami, tagKeys.role) !== "origin") return ofOwn(account, ami);
  throw new OriginRefused(
    `the origin ${named(ami)} is this bakery's own copy of ${tagged(ami, tagKeys.copyOf)}; name that one: the copy goes when it is not used for long`,
  );
};

const ofOwn = async (account: OriginsAccount, ami: Ami): Promise<Origin> => {
  const state = tagged(ami, tagKeys.state);
  if (state !== "published" || ami.State !== "available") {
    const what = state === "published" ? (ami.State ?? "in no state") : (state ?? "unpublished");
    throw new OriginRefused(
      `the origin ${named(ami)} is ${what}; name one that is published and available`,
    );
  }
  const parent = await recordOf(account, ImageId.parse(ami.ImageId));
  const { imageId, name, lineage, snapshotId, rootVolumeSize, disk } = parent;
  return {
    lineage: [{ kind: "image", imageId, name }, ...lineage],
    ...{ snapshotId, rootVolumeSize, architecture: disk.architecture },
  };
};

const ofStock = async (account: OriginsAccount, bake: BakeId, ami: Ami): Promise<Origin> => {
  refuseUnfit(ami);
  const copy = await copyFor(account, bake, ami);
  const deprecated = deprecationOf(account, ami);
  return ofCopy(account, { original: ImageId.parse(ami.ImageId), copy, deprecated });
};

/** ISO 8601, when the image is deprecated already. */
const deprecationOf = (account: OriginsAccount, { DeprecationTime }: Ami) => {
  const time = DeprecationTime === undefined ? NaN : Date.parse(DeprecationTime);
  return time <= nowOf(account) ? new Date(time).toISOString() : undefined;
};

interface Copied {
  original: ImageId;
  copy: Ami;
  deprecated?: string | undefined;
}

const ofCopy = async (account: OriginsAccount, copied: Copied): Promise<Origin> => {
  const { original: imageId, copy, deprecated } = copied;
  const { SnapshotId: snapshot, VolumeSize } = rootDisk(copy) ?? {};
  if (snapshot === undefined || VolumeSize === undefined) {
    throw new OriginRefused(
      `the copy ${copy.ImageId} of the origin ${imageId} has no snapshot behind its root; deregister it, and a new bake copies it again`,
    );
  }
  await markUsed(account, copy);
  const name = tagged(copy, "Name") ?? imageId;
  const owner = tagged(copy, copyTagKeys.owner) ?? "";
  const copyId = ImageId.parse(copy.ImageId);
  return {
    lineage: [
      {
        kind: "stock",
        imageId,
        name,
        owner,
        copyId,
        ...(deprecated !== undefined && { deprecated }),
      },
    ],
    snapshotId: SnapshotId.parse(snapshot),
    rootVolumeSize: VolumeSize,
    architecture: Architecture.parse(copy.Architecture),
  };
};
