import * as z from "zod";
import type { Asset } from "../job.ts";
import { AssetName, BundlePath, Sha256 } from "./formats.ts";
import { exactlyOne, keyed, pattern, required } from "./shape.ts";

const KINDS = ["url", "source"];

const AssetUrl = pattern(
  /^https?:\/\/[^\s]+$/,
  'an asset\'s URL is one of https or http, as in "https://example.org/app-1.2.tar.gz"',
);

const WrittenAsset = keyed({
  url: AssetUrl.optional().describe("Where it is fetched from when the bake begins."),
  checksum: Sha256.optional().describe("Its SHA-256: needed with url; anything else is refused."),
  source: BundlePath.optional().describe("A file or folder in the recipe's folder."),
})
  .check(exactlyOne(KINDS))
  .superRefine(({ url, checksum }, context) => {
    if ((url === undefined) === (checksum === undefined)) return;
    const [message, hint] =
      url === undefined
        ? ["only what is fetched has a checksum here", "leave checksum out"]
        : [
            "an asset from a URL needs its checksum",
            "add checksum: sha256:…, as sha256sum prints it",
          ];
    const path = [url === undefined ? "checksum" : "url"];
    context.addIssue({ code: "custom", message, path, params: { hint, on: "key" } });
  })
  .meta({ oneOf: required(KINDS) });

/** `assets:`, as written: what steps use beside the image's own files. */
export const WrittenAssets = z.record(AssetName, WrittenAsset, {
  error: "write a map from an asset's name to where it comes from",
});
export type WrittenAssets = z.infer<typeof WrittenAssets>;

export const assetsOf = (written: WrittenAssets): Asset[] =>
  Object.entries(written).map(([name, { url, checksum, source = "" }]) =>
    url === undefined || checksum === undefined ? { name, source } : { name, url, checksum },
  );
