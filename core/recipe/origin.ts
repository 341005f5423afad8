import * as z from "zod";
import type { ScratchOrigin } from "../job.ts";
import { MirrorUrl, PackageName, Suite } from "./formats.ts";
import { keyed } from "./shape.ts";

const RIGHT = "write scratch, or a map: {scratch: {distribution: debian}}";

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

/** What the image starts from, as written. */
export const WrittenOrigin = z
  .union([z.literal("scratch", { error: RIGHT }), keyed({ scratch: Scratch })], { error: RIGHT })
  .describe("What the image starts from: scratch is nothing but a distribution's packages.");
export type WrittenOrigin = z.infer<typeof WrittenOrigin>;

const SUITES = { debian: "trixie", ubuntu: "noble" };

/** The origin with its defaults. */
export const scratchOf = (origin: WrittenOrigin): ScratchOrigin => {
  const scratch = origin === "scratch" ? Scratch.parse({}) : origin.scratch;
  return { ...scratch, suite: scratch.suite ?? SUITES[scratch.distribution] };
};
