import { NotFound, OriginRefused } from "../../core/errors.ts";
import { ImageId, SnapshotId } from "../../core/ids.ts";
import { Architecture } from "../../core/job.ts";
import type { OriginReference } from "../../core/origin.ts";
import type { Origin } from "../../core/ports.ts";
import { unlookedOrigin } from "../../core/unlooked-origin.ts";
import { nowOf, type OriginsAccount } from "./account.ts";
import { type Ami, isOfStage, named, rootDisk, tagOf, tagValue } from "../ami.ts";
import { copiesOf, usableCopy } from "./copies.ts";
import { notedFacts } from "./copy-facts.ts";
import { copyTagKeys } from "./copy-order.ts";
import { amiOfId } from "./describe.ts";
import { idInParameter, newestOfRecipe, newestThatFits } from "./find.ts";
import { refuseUnfit } from "./fitness.ts";
import { recordOf } from "./records.ts";

/** A stock image that a bake can start from, once there is a copy of it in the account. */
export interface StockSource {
  source: Ami;
  /** The account's copies of it, the oldest first, in whatever state. */
  copies: readonly Ami[];
  /** ISO 8601: since when its owner advises against it. */
  deprecated: string | undefined;
}

/** What is left of a stock image that is gone: its copy. */
export interface CopyOf {
  original: ImageId;
  copy: Ami;
  /** What EC2 told of it when it was there. */
  noted: ReturnType<typeof notedFacts>;
}

/** What a reference leads to; nothing is done to find it but reads. */
export type SeenOrigin = { origin: Origin } | StockSource | CopyOf;

/** Throws NotFound, OriginRefused, CorruptRecord. */
export const seeOrigin = async (
  account: OriginsAccount,
  reference: OriginReference,
): Promise<SeenOrigin> => {
  const origin = unlookedOrigin(reference);
  if (origin !== undefined) return { origin };
  switch (reference.kind) {
    case "recipe":
      return ofOwn(account, await newestOfRecipe(account, reference));
    case "filter":
      return ofAmi(account, await newestThatFits(account, reference));
    case "parameter":
      return ofId(account, await idInParameter(account, reference));
    case "image":
      return ofId(account, reference.imageId);
    case "scratch":
    case "file":
      throw new Error(`an origin of kind ${reference.kind} takes no looking`);
  }
};

const ofId = async (account: OriginsAccount, imageId: ImageId): Promise<SeenOrigin> => {
  // both at once: nearly always both are wanted
  const [ami, copies] = await Promise.all([
    amiOfId(account.ec2, imageId),
    copiesOf(account, imageId),
  ]);
  if (ami !== undefined) return ofAmi(account, ami, copies);
  const copy = usableCopy(copies);
  if (copy === undefined) {
    throw new NotFound(
      `there is no image ${imageId} in ${account.stage.region}; it is of another region, was deregistered, or is not shared with this account`,
    );
  }
  return { original: imageId, copy, noted: notedFacts(copy, nowOf(account)) };
};

const ofAmi = async (
  account: OriginsAccount,
  ami: Ami,
  copies?: readonly Ami[],
): Promise<SeenOrigin> => {
  if (!isOfStage(ami, account.stage)) return ofStock(account, ami, copies);
  if (tagOf(ami, "role") !== "origin") return ofOwn(account, ami);
  throw new OriginRefused(
    `the origin ${named(ami)} is this bakery's own copy of ${tagOf(ami, "copyOf")}; name that one: the copy goes when it is not used for long`,
  );
};

const ofOwn = async (account: OriginsAccount, ami: Ami): Promise<{ origin: Origin }> => {
  const state = tagOf(ami, "state");
  if (state !== "published" || ami.State !== "available") {
    const what = state === "published" ? (ami.State ?? "in no state") : (state ?? "unpublished");
    throw new OriginRefused(
      `the origin ${named(ami)} is ${what}; name one that is published and available`,
    );
  }
  const parent = await recordOf(account, ImageId.parse(ami.ImageId));
  const { imageId, name, lineage, snapshotId, rootVolumeSize, disk } = parent;
  return {
    origin: {
      lineage: [{ kind: "image", imageId, name }, ...lineage],
      ...{ snapshotId, rootVolumeSize, architecture: disk.architecture },
    },
  };
};

const ofStock = async (
  account: OriginsAccount,
  source: Ami,
  seen?: readonly Ami[],
): Promise<StockSource> => {
  refuseUnfit(source);
  const copies = seen ?? (await copiesOf(account, source.ImageId));
  return { source, copies, deprecated: deprecationOf(account, source) };
};

/** ISO 8601, when the image is deprecated already. */
const deprecationOf = (account: OriginsAccount, { DeprecationTime }: Ami) => {
  const time = DeprecationTime === undefined ? NaN : Date.parse(DeprecationTime);
  return time <= nowOf(account) ? new Date(time).toISOString() : undefined;
};

/** The origin that a usable copy is. Throws OriginRefused. */
export const originOfCopy = (seen: StockSource | CopyOf, copy: Ami): Origin => {
  const imageId = "original" in seen ? seen.original : ImageId.parse(seen.source.ImageId);
  const { SnapshotId: snapshot, VolumeSize } = rootDisk(copy) ?? {};
  if (snapshot === undefined || VolumeSize === undefined) {
    throw new OriginRefused(
      `the copy ${copy.ImageId} of the origin ${imageId} has no snapshot behind its root; deregister it, and a new bake copies it again`,
    );
  }
  const name = tagValue(copy, "Name") ?? imageId;
  const owner = tagValue(copy, copyTagKeys.owner) ?? "";
  // what copied it may have been a version that did not write the alias
  const seenAlias = "original" in seen ? undefined : seen.source.ImageOwnerAlias;
  const ownerAlias = tagValue(copy, copyTagKeys.ownerAlias) ?? seenAlias;
  const copyId = ImageId.parse(copy.ImageId);
  const known = {
    ...(ownerAlias !== undefined && { ownerAlias }),
    ...("original" in seen ? seen.noted : factsOf(seen.source)),
    ...("deprecated" in seen && seen.deprecated !== undefined && { deprecated: seen.deprecated }),
  };
  return {
    lineage: [{ kind: "stock", ...{ imageId, name, owner, copyId }, ...known }],
    snapshotId: SnapshotId.parse(snapshot),
    rootVolumeSize: VolumeSize,
    architecture: Architecture.parse(copy.Architecture),
  };
};

/** What the provenance policy asks of a stock image, as far as EC2 tells. */
export const factsOf = ({ CreationDate, Public, ImageAllowed }: Ami) => ({
  ...(CreationDate !== undefined && { created: new Date(CreationDate).toISOString() }),
  ...(Public !== undefined && { public: Public }),
  // told only where the account has criteria, enforced or in audit mode
  ...(ImageAllowed !== undefined && { allowed: ImageAllowed }),
});
