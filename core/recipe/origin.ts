import * as z from "zod";
import { ImageId } from "../ids.ts";
import { Digest, type FileSystem, type OriginReference, type ScratchOrigin } from "../origin.ts";
import { MirrorUrl, PackageName, RecipeName, Sha256, Suite } from "./formats.ts";
import { filterOf, WrittenFilter } from "./image-filter.ts";
import { exactlyOne, keyed, pattern, required } from "./shape.ts";

const RIGHT =
  "write scratch, the id of an image, or a map, as in {recipe: debian-base} or {parameter: /aws/service/…}";
const KINDS = ["scratch", "recipe", "image", "filter", "parameter", "file"];

const Scratch = keyed({
  distribution: z
    .enum(["debian", "ubuntu"])
    .default("debian")
    .describe("Whose packages the image is made of."),
  suite: Suite.optional().describe("The release: trixie for debian, noble for ubuntu, if absent."),
  packages: z
    .array(PackageName, { error: 'list packages, as in ["nginx"]' })
    .default([])
    .describe("Packages beyond those that make it boot."),
  mirror: MirrorUrl.optional().describe("The archive's URL; the distribution's own if absent."),
});

const DiskFile = pattern(
  /^\P{Cc}+\.(?:raw|img|qcow2|vmdk|vhd)$/u,
  "a stock disk is a file whose name ends in .raw, .img, .qcow2, .vmdk or .vhd",
);

const ANY_IMAGE =
  "an image's id is ami- and 8 or 17 hexadecimal digits, or img- and 17, as `ovenbird images` lists them";
const PLAIN = /^(?:img-[0-9a-f]{17}|ami-(?:[0-9a-f]{8}|[0-9a-f]{17}))$/;

const Parameter = pattern(
  /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*(?::[A-Za-z0-9_.-]+)?$/,
  "a parameter is named as Systems Manager names it, as in /aws/service/debian/release/13/latest/amd64",
);

const Other = keyed({
  scratch: Scratch.optional().describe("Nothing but a distribution's packages."),
  recipe: RecipeName.optional().describe("Another recipe's name: its newest published image."),
  image: pattern(PLAIN, ANY_IMAGE).optional().describe("The id of one image."),
  filter: WrittenFilter.optional().describe(
    "On AWS: the newest image of these owners that all of EC2's filters fit.",
  ),
  parameter: Parameter.optional().describe(
    "On AWS: a parameter of Systems Manager that holds an image's id, a public one maybe.",
  ),
  file: DiskFile.optional().describe("A stock disk: a path, relative to the recipe or absolute."),
  digest: Sha256.optional().describe("The stock disk's SHA-256; another file is refused."),
})
  .check(exactlyOne(KINDS))
  .superRefine(({ file, digest }, context) => {
    if (digest === undefined || file !== undefined) return;
    const hint = "leave digest out: an image of the catalogue is known by its id";
    const message = "only a file has a digest here";
    context.addIssue({ code: "custom", message, path: ["digest"], params: { hint, on: "key" } });
  })
  .meta({ oneOf: required(KINDS) });

/** What the image starts from, as written. */
export const WrittenOrigin = z
  .union([z.literal("scratch", { error: RIGHT }), pattern(PLAIN, RIGHT), Other], { error: RIGHT })
  .describe("What the image starts from.");
export type WrittenOrigin = z.infer<typeof WrittenOrigin>;

const SUITES = { debian: "trixie", ubuntu: "noble" };

/** The origin with its defaults; `fileSystem` is for one that is made anew. */
export const originOf = (origin: WrittenOrigin, fileSystem: FileSystem): OriginReference => {
  if (origin === "scratch") return scratchOf(Scratch.parse({}), fileSystem);
  if (typeof origin === "string") return { kind: "image", imageId: ImageId.parse(origin) };
  const { scratch, recipe, image, filter, parameter, file = "", digest } = origin;
  if (scratch !== undefined) return scratchOf(scratch, fileSystem);
  if (recipe !== undefined) return { kind: "recipe", recipe };
  if (image !== undefined) return { kind: "image", imageId: ImageId.parse(image) };
  if (filter !== undefined) return filterOf(filter);
  if (parameter !== undefined) return { kind: "parameter", parameter };
  return { kind: "file", file, digest: digest && Digest.parse(digest) };
};

/** Whether the image is made from nothing. */
export const isScratch = (origin: WrittenOrigin): boolean =>
  origin === "scratch" || (typeof origin !== "string" && origin.scratch !== undefined);

const scratchOf = (scratch: z.infer<typeof Scratch>, fileSystem: FileSystem): ScratchOrigin => ({
  kind: "scratch",
  ...scratch,
  suite: scratch.suite ?? SUITES[scratch.distribution],
  fileSystem,
});
