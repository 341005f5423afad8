import * as z from "zod";
import { Xattrs } from "./xattrs.ts";

/** A name of a file, as names.ts writes bytes that are not UTF-8. */
const Name = z.string();

/** What the agent found of everything that has a name in an image. */
const found = {
  /** Absolute, in the image. */
  path: Name,
  /** Permissions with setuid, setgid and sticky, as `0644` or `4755`. */
  mode: z.string().regex(/^[0-7]{4}$/),
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
  /** When the content last changed: whole seconds since the epoch. */
  mtime: z.number(),
  /** The first path of the same file, when it has several in the image. */
  hardLinkOf: Name.optional(),
  /** What it lets a program do, decoded: `cap_net_raw+ep`; capabilities.ts. */
  capabilities: z.string().optional(),
  /** Only where it has some. */
  xattrs: Xattrs.optional(),
  /** The name of the package that shipped it, or of the first of several; absent if none did. */
  package: z.string().optional(),
};

export const RegularFile = z.strictObject({
  ...found,
  type: z.literal("file"),
  /** Bytes. */
  size: z.number().nonnegative(),
  /** SHA-256 of the content in hexadecimal; absent when it is listed as unread. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type RegularFile = z.infer<typeof RegularFile>;

const SymbolicLink = z.strictObject({ ...found, type: z.literal("link"), target: Name });

const Plain = z.strictObject({ ...found, type: z.enum(["folder", "fifo", "socket"]) });

const Device = z.strictObject({
  ...found,
  type: z.enum(["character-device", "block-device"]),
  major: z.int().nonnegative(),
  minor: z.int().nonnegative(),
});

export const FileEntry = z.discriminatedUnion("type", [RegularFile, SymbolicLink, Plain, Device]);
export type FileEntry = z.infer<typeof FileEntry>;
