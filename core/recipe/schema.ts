import * as z from "zod";
import { Architecture, HygieneItem } from "../job.ts";
import { FileSystem } from "../origin.ts";
import { WrittenAssets } from "./assets.ts";
import { awsComplaints } from "./aws-rules.ts";
import { WrittenAws } from "./aws.ts";
import { Declaration } from "./declaration.ts";
import { RecipePolicy } from "../policy/schema.ts";
import { Duration } from "./duration.ts";
import { DeclaredName, RecipeName, Title } from "./formats.ts";
import { WrittenHost } from "./host.ts";
import { machineKeys } from "./machine.ts";
import { nearest } from "./nearest.ts";
import { isScratch, WrittenOrigin } from "./origin.ts";
import { keyed, whole } from "./shape.ts";
import { WrittenStep } from "./steps.ts";
import { Tags } from "./tags.ts";

// EC2 keeps at most 255 characters of an image's description.
const DESCRIPTION = "a description is text of at most 255 characters";
const STEP = "write a step such as {packages: [nginx]}, or a list of them";
const COMMAND = "a test is a command, not empty";
const TEST = "write a command, or a map with name and command";

const Command = z.string({ error: COMMAND }).min(1, { error: COMMAND });

const WrittenTest = z.union(
  [
    Command,
    keyed({
      name: Title.optional().describe("What the report calls it."),
      command: Command.describe("A command for /bin/sh that must exit with 0."),
      timeout: Duration.default("60s").describe("How long it may take."),
    }),
  ],
  { error: TEST },
);
export type WrittenTest = z.infer<typeof WrittenTest>;

const Image = keyed({
  name: RecipeName.describe("The image's name: lower-case letters, digits, single hyphens."),
  description: z
    .string({ error: DESCRIPTION })
    .max(255, { error: DESCRIPTION })
    .default("")
    .describe("What the image is for."),
  origin: WrittenOrigin,
  architecture: Architecture.optional().describe(
    "The processor, as EC2 names it: the origin's, or x86_64, if absent.",
  ),
  root_volume_size: whole(1, 65_536, "a size is a whole number of GiB from 1 to 65536")
    .optional()
    .describe("The disk's size in GiB: the origin's, or 8, if absent."),
  file_system: FileSystem.optional().describe(
    "The root's file system, for an image from scratch: ext4 if absent.",
  ),
  ...machineKeys,
  aws: WrittenAws.optional().describe(
    "What more is asked of the builder and of the image in an AWS account.",
  ),
  parameters: z
    .record(DeclaredName, Declaration, {
      error: "write a map from a parameter's name to what it takes, as in {VERSION: {}}",
    })
    .default({})
    .describe("Values given when baking; ${NAME} stands for one."),
  assets: WrittenAssets.default({}).describe(
    "Files for the steps: at /run/assets/NAME in shell steps, and by asset: in files steps.",
  ),
  configure: z
    .union([WrittenStep, z.array(WrittenStep)], { error: STEP })
    .default([])
    .describe("The steps that make the image what it is, in order: one, or a list."),
  host: WrittenHost.optional().describe(
    "What reaches the builder itself; needs `ovenbird bake --allow-host`.",
  ),
  hygiene: keyed({
    keep: z
      .array(HygieneItem, { error: 'list what is kept, as in ["host-keys"]' })
      .default([])
      .describe("What is not removed from the finished image."),
  })
    .default({ keep: [] })
    .describe("What is removed from the finished image: all that one machine remembers."),
  tests: z
    .array(WrittenTest, { error: 'list commands, as in ["curl -f localhost"]' })
    .default([])
    .describe("Commands that must succeed in the booted image."),
  tags: Tags.default({}).describe("Tags of the image."),
  policy: RecipePolicy.optional().describe(
    "What the image must satisfy beside the operator's provenance policy: docs/policy.md.",
  ),
})
  .superRefine(({ assets, configure }, context) => {
    for (const { asset, path } of assetsNamedIn(configure)) {
      if (Object.hasOwn(assets, asset)) continue;
      const meant = nearest(asset, Object.keys(assets));
      const hint = meant === undefined ? "declare it under assets" : `did you mean ${meant}?`;
      const message = `no asset ${asset} is declared`;
      context.addIssue({ code: "custom", message, path, params: { hint } });
    }
  })
  .superRefine(({ name, origin }, context) => {
    if (typeof origin === "string" || origin.recipe !== name) return;
    const message = `the image starts from itself, ${name}`;
    const hint = "name another recipe";
    context.addIssue({ code: "custom", message, path: ["origin", "recipe"], params: { hint } });
  })
  .superRefine(({ origin, file_system }, context) => {
    if (file_system === undefined || isScratch(origin)) return;
    const message = "the file system is the origin's, and stays it";
    const params = { hint: "leave file_system out", on: "key" };
    context.addIssue({ code: "custom", message, path: ["file_system"], params });
  })
  .superRefine((image, context) => {
    for (const { path, message, hint, on = "value" } of awsComplaints(image)) {
      context.addIssue({ code: "custom", message, path, params: { hint, on } });
    }
  });

/** The assets that files steps name, and where in the image's map they do. */
const assetsNamedIn = (configure: WrittenStep | WrittenStep[]) =>
  [configure].flat().flatMap(({ files = [] }, step) =>
    files.flatMap(({ asset }, file) => {
      const place = Array.isArray(configure) ? ["configure", step] : ["configure"];
      return asset === undefined ? [] : [{ asset, path: [...place, "files", file, "asset"] }];
    }),
  );

/** The recipe file, as written. */
export const RecipeFile = keyed({ image: Image.describe("The image to bake.") });
export type RecipeFile = z.infer<typeof RecipeFile>;
