import { createHash } from "node:crypto";
import type { CopyImageCommandInput } from "@aws-sdk/client-ec2";
import type { BakeId } from "../../core/ids.ts";
import { tagged, tagKeys } from "../tags.ts";
import { nowOf, type OriginsAccount } from "./account.ts";
import { type Ami, named } from "../ami.ts";
import { factTags } from "./copy-facts.ts";

/*
 * A copy is the stage's and no bake's: it has no tag `ovenbird:bake`, by which a bake's release
 * would find it.
 */

/** Keys of the tags that only copies have; the id of what was copied is in `tagKeys.copyOf`. */
export const copyTagKeys = {
  /** The account that the original is of. */
  owner: "ovenbird:copy-owner",
  /** EC2's alias of that account: only those have one that AWS vouches for. */
  ownerAlias: "ovenbird:copy-owner-alias",
  /** The bake that began it, which tells when it fails. */
  startedBy: "ovenbird:started-by",
  /** `YYYY-MM-DD`, in UTC: the last day on which a bake started from it. */
  usedOn: "ovenbird:used-on",
} as const;

/** EC2 takes at most that many characters of a description. */
const longest = 255;

export interface CopyOrder {
  bake: BakeId;
  source: Ami;
  /** Ids of copies of it that failed. */
  failed: readonly string[];
}

/** The call that copies an image, encrypted by the stage's key and tagged. */
export const copyOrder = (account: OriginsAccount, order: CopyOrder): CopyImageCommandInput => {
  const { stage } = account;
  const { source, bake } = order;
  const { ImageId = "", Name = ImageId, OwnerId = "", ImageOwnerAlias } = source;
  const ClientToken = tokenOf(account, order);
  const Tags = Object.entries({
    Name,
    [tagKeys.stage]: stage.name,
    [tagKeys.role]: "origin",
    [tagKeys.copyOf]: ImageId,
    [copyTagKeys.owner]: OwnerId,
    ...(ImageOwnerAlias !== undefined && { [copyTagKeys.ownerAlias]: ImageOwnerAlias }),
    [copyTagKeys.startedBy]: bake,
    ...factTags(source),
  }).map(([Key, Value]) => ({ Key, Value }));
  return {
    ...{ SourceImageId: ImageId, SourceRegion: stage.region, ClientToken },
    Name: `ovenbird ${stage.name} ${ImageId} ${ClientToken.slice(0, 8)}`,
    Description: `Copy of ${named(source)} of ${OwnerId}, which bakes start from`.slice(0, longest),
    ...{ Encrypted: true, KmsKeyId: stage.keyArn, CopyImageTags: false },
    TagSpecifications: tagged(Tags, "image", "snapshot"),
  };
};

/**
 * For how long, in milliseconds, a token is the same: longer than EC2 may need until a copy is seen
 * by its tags, and no longer, as EC2 answers a token with the copy it first made, be that gone.
 */
const tokenLife = 10 * 60 * 1000;

/** The same for all bakes that ask at once, and another after each copy that failed. */
const tokenOf = (account: OriginsAccount, { source, failed }: CopyOrder): string => {
  const { name, keyArn } = account.stage;
  const slot = Math.floor(nowOf(account) / tokenLife);
  const parts = [name, keyArn, source.ImageId, slot, failed.toSorted()];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
};
