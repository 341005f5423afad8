import * as z from "zod";
import { AbsolutePath, AssetName, BundlePath, Mode, Owner } from "./formats.ts";
import { exactlyOne, keyed, required, some } from "./shape.ts";

const ORIGINS = ["content", "source", "asset"];

const WrittenFile = keyed({
  path: AbsolutePath.describe("Where it goes in the image."),
  content: z.string().optional().describe("Its text."),
  source: BundlePath.optional().describe("A file or folder in the recipe's folder."),
  asset: AssetName.optional().describe("The name of an asset: a file or folder."),
  template: z.boolean().default(false).describe("Fill in ${NAME} in the source's text."),
  owner: Owner.default("root").describe("Its owner."),
  group: Owner.default("root").describe("Its group."),
  mode: Mode.optional().describe('Its permissions in quotes, as in "0644".'),
})
  .check(exactlyOne(ORIGINS))
  .superRefine(({ template, source }, context) => {
    if (!template || source !== undefined) return;
    const hint = "leave template out: ${NAME} is filled in content anyway";
    const message = "template is for a source";
    context.addIssue({ code: "custom", message, path: ["template"], params: { hint } });
  })
  .meta({ oneOf: required(ORIGINS) });

/** The body of a `files:` step. */
export const FilesBody = some(
  WrittenFile,
  "list files, each with path and content, source or asset, as in [{path: /etc/motd, content: hello}]",
);
