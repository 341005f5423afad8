import { type Ami, tagValue } from "../ami.ts";

/*
 * What EC2 told of a stock image when it was copied, kept as tags of the copy: when the original is
 * gone, EC2 tells nothing of it any more, and nothing is not the same as nothing wrong.
 */

const keys = {
  created: "ovenbird:copy-created",
  public: "ovenbird:copy-public",
  /** `true`, `false`, or `no criteria` where the account had none. */
  allowed: "ovenbird:copy-allowed",
  /** From when on its owner would advise against it. */
  deprecation: "ovenbird:copy-deprecation",
} as const;

const noCriteria = "no criteria";

/** The tags for a copy of it. */
export const factTags = (source: Ami): Record<string, string> => {
  const { CreationDate, Public, ImageAllowed, DeprecationTime } = source;
  return {
    [keys.allowed]: ImageAllowed === undefined ? noCriteria : String(ImageAllowed),
    ...(CreationDate !== undefined && { [keys.created]: isoOf(CreationDate) }),
    ...(Public !== undefined && { [keys.public]: String(Public) }),
    ...(DeprecationTime !== undefined && { [keys.deprecation]: isoOf(DeprecationTime) }),
  };
};

const isoOf = (time: string): string => new Date(time).toISOString();

/** What a copy tells of an original that is gone, at a moment in milliseconds since the epoch. */
export const notedFacts = (copy: Ami, now: number) => {
  const allowed = tagValue(copy, keys.allowed);
  if (allowed === undefined) return { told: "never" as const };
  const [created, isPublic] = [tagValue(copy, keys.created), tagValue(copy, keys.public)];
  const deprecated = tagValue(copy, keys.deprecation);
  return {
    told: "at copying" as const,
    ...(created !== undefined && { created }),
    ...(isPublic !== undefined && { public: isPublic === "true" }),
    ...(allowed !== noCriteria && { allowed: allowed === "true" }),
    ...(deprecated !== undefined && Date.parse(deprecated) <= now && { deprecated }),
  };
};
