import { ImageId } from "../../core/ids.ts";
import { Architecture } from "../../core/job.ts";
import type { OriginReference, UncopiedStock } from "../../core/origin.ts";
import type { Origin } from "../../core/ports.ts";
import type { OriginsAccount } from "./account.ts";
import { rootDisk } from "../ami.ts";
import { usableCopy } from "./copies.ts";
import { factsOf, originOfCopy, seeOrigin, type StockSource } from "./see.ts";

/** What a bake would start from, as far as reads tell. */
export type LookedAt =
  | { copy: "none" | "there"; origin: Origin }
  /** A stock image that the first bake from it copies into the account. */
  | {
      copy: "needed";
      stock: UncopiedStock;
      architecture: Architecture;
      /** GiB. */
      rootVolumeSize: number;
    };

/** Finds what a recipe names as a bake does, and leaves it as it is. Throws what `resolve` throws. */
export const lookAtOrigin = async (
  account: OriginsAccount,
  reference: OriginReference,
): Promise<LookedAt> => {
  const seen = await seeOrigin(account, reference);
  if ("origin" in seen) return { copy: "none", origin: seen.origin };
  if ("copy" in seen) return { copy: "there", origin: originOfCopy(seen, seen.copy) };
  const copy = usableCopy(seen.copies);
  if (copy === undefined) return uncopied(seen);
  return { copy: "there", origin: originOfCopy(seen, copy) };
};

const uncopied = ({ source, deprecated }: StockSource): LookedAt => {
  const imageId = ImageId.parse(source.ImageId);
  const { Name: name = imageId, OwnerId: owner = "", ImageOwnerAlias: ownerAlias } = source;
  const known = {
    ...(ownerAlias !== undefined && { ownerAlias }),
    ...(deprecated !== undefined && { deprecated }),
    ...factsOf(source),
  };
  return {
    copy: "needed",
    stock: { kind: "stock", ...{ imageId, name, owner }, ...known },
    architecture: Architecture.parse(source.Architecture),
    rootVolumeSize: rootDisk(source)?.VolumeSize ?? 0,
  };
};
