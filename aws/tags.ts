import type { Filter, ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { BakeId } from "../core/ids.ts";
import type { Stage } from "./stage.ts";

/*
 * Everything a bake makes carries these tags in the call that makes it: release and sweep find it
 * by them alone, also when the answer to that call was lost. Recipes cannot give such tags.
 */

/** What a thing of a bake is for. */
export type Role = "builder" | "working-disk" | "snapshot" | "image" | "test-machine" | "origin";

const prefix = "ovenbird:";

/** Keys of the tags. */
export const tagKeys = {
  /** Two stages in one account do not see each other's. */
  stage: `${prefix}stage`,
  bake: `${prefix}bake`,
  role: `${prefix}role`,
  /** Of an image: the recipe's name. */
  recipe: `${prefix}recipe`,
  /** Of an image: `candidate` or `published`. */
  state: `${prefix}state`,
  /** Of an image: which drop it is of, as core/newest-image.ts writes it. */
  drop: `${prefix}drop`,
  /** Of an image: `passed` or `failed`, by the provenance policy; and the digest of the verdict. */
  verdict: `${prefix}verdict`,
  verdictDigest: `${prefix}verdict-digest`,
  /** Of an image: the digest of its signed statements, `sha256:` and 64 digits. */
  statement: `${prefix}statement`,
  /** Of a copied stock image and its snapshot: the id of what it is a copy of. */
  copyOf: `${prefix}copy-of`,
  /** Of a working disk: the id of the builder that it was made for. */
  builder: `${prefix}builder`,
  /** Of a builder: until when it is kept, in ISO 8601. */
  keepUntil: `${prefix}keep-until`,
  /**
   * Of a machine that gives way to an older one of its bake or stage: the id of that one; of one
   * that was given back as a quota is used up: the code that EC2 said.
   */
  surplus: `${prefix}surplus`,
} as const;

export interface Owner {
  stage: Pick<Stage, "name">;
  bake: BakeId;
  role: Role;
}

/** What is shown in consoles is `Name`. */
export const tagsOf = (
  { stage, bake, role }: Owner,
  more: Readonly<Record<string, string>> = {},
): Tag[] =>
  Object.entries({
    Name: bake,
    ...more,
    [tagKeys.stage]: stage.name,
    [tagKeys.bake]: bake,
    [tagKeys.role]: role,
  }).map(([Key, Value]) => ({ Key, Value }));

/** For the create call of these kinds of resource. */
export const tagged = (Tags: Tag[], ...types: ResourceType[]): TagSpecification[] =>
  types.map((ResourceType) => ({ ResourceType, Tags }));

/** Filters of Describe calls for what a stage has of tags with these values. */
export const filters = (
  { name }: Pick<Stage, "name">,
  values: Readonly<Partial<Record<keyof typeof tagKeys, string>>>,
): Filter[] =>
  Object.entries({ stage: name, ...values }).map(([key, value]) => ({
    Name: `tag:${tagKeys[key as keyof typeof tagKeys]}`,
    Values: [value],
  }));
