import * as z from "zod";
import { ImageId, SnapshotId } from "./ids.ts";

export const FileSystem = z.enum(["ext4", "xfs", "btrfs"]);
export type FileSystem = z.infer<typeof FileSystem>;

/** SHA-256 of a file, as OCI writes digests: `sha256:` and 64 hexadecimal digits. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** An image made from nothing but a distribution's packages. */
export const ScratchOrigin = z.strictObject({
  kind: z.literal("scratch"),
  distribution: z.enum(["debian", "ubuntu"]),
  suite: z.string(),
  packages: z.array(z.string()),
  /** Base URL of the archive; the distribution's own when absent. */
  mirror: z.string().optional(),
  /** Of the root, which is made anew. */
  fileSystem: FileSystem,
});
export type ScratchOrigin = z.infer<typeof ScratchOrigin>;

/** What a recipe says its image starts from. */
export const OriginReference = z.discriminatedUnion("kind", [
  ScratchOrigin,
  /** The newest published image of another recipe. */
  z.strictObject({ kind: z.literal("recipe"), recipe: z.string() }),
  z.strictObject({ kind: z.literal("image"), imageId: ImageId }),
  /** The newest image of AWS's that all filters fit: by EC2's own names, an owner always among them. */
  z.strictObject({
    kind: z.literal("filter"),
    /** Account ids, or EC2's aliases `amazon` and `self`. */
    owners: z.array(z.string()).min(1),
    /** DescribeImages' filters: each one's values. */
    filters: z.record(z.string(), z.array(z.string()).min(1)),
  }),
  /** The image whose id a parameter of Systems Manager holds, a public one maybe. */
  z.strictObject({ kind: z.literal("parameter"), parameter: z.string() }),
  /** A stock disk; a relative path is one from the recipe's folder. */
  z.strictObject({ kind: z.literal("file"), file: z.string(), digest: Digest.optional() }),
]);
export type OriginReference = z.infer<typeof OriginReference>;

/** What an image did start from. */
export const Ancestor = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("scratch"), distribution: z.string(), suite: z.string() }),
  z.strictObject({ kind: z.literal("image"), imageId: ImageId, name: z.string() }),
  /** An image that was not baked here. */
  z.strictObject({
    kind: z.literal("stock"),
    imageId: ImageId,
    name: z.string(),
    /** The account it is of. */
    owner: z.string(),
    /** What EC2 calls that account, where AWS vouches for it: `amazon`. */
    ownerAlias: z.string().optional(),
    /** The account's own copy, which bakes start from. */
    copyId: ImageId,
    /** ISO 8601: since when its owner advises against it, where that was so when it was used. */
    deprecated: z.iso.datetime().optional(),
    /**
     * Of one that was gone when it was used: whether EC2 told what is told here when it was copied,
     * or nobody noted it. Absent where EC2 told it when it was used.
     */
    told: z.enum(["at copying", "never"]).optional(),
    /** ISO 8601: when it was made; this and the following are absent where EC2 no longer knew. */
    created: z.iso.datetime().optional(),
    /** Whether anybody may launch it. */
    public: z.boolean().optional(),
    /** Whether it fits the account's Allowed AMIs; absent where the account has no such criteria. */
    allowed: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal("file"),
    /** The file's name, without its folder. */
    file: z.string(),
    format: z.string(),
    digest: Digest,
    /** Whether the recipe said that it has this digest: any other was refused. Absent of before. */
    demanded: z.boolean().optional(),
    /** What it was imported as. */
    snapshotId: SnapshotId,
  }),
]);
export type Ancestor = z.infer<typeof Ancestor>;

/** A stock image of which there is no copy in the account yet. */
export type UncopiedStock = Omit<Extract<Ancestor, { kind: "stock" }>, "copyId">;

/** Whether it was not baked here, so that nobody vouches for what is on it. */
export const isStock = ({ kind }: Ancestor): boolean => kind === "file" || kind === "stock";

/** From the image's own origin to the stock disk, or to nothing: never empty. */
export const Lineage = z.array(Ancestor).min(1);
export type Lineage = z.infer<typeof Lineage>;
