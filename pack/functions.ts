import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { leanSchemas } from "./lean-schemas.ts";

/** CommonJS packages call `require`. A short name would meet a minified one: both are declared. */
const banner =
  'import{createRequire as ovenbirdCreateRequire}from"node:module";const require=ovenbirdCreateRequire(import.meta.url);';

/**
 * Makes `NAME/index.mjs` in `folder` of every handler, with all in it that it uses: the SDK too,
 * which takes half as long to import as Lambda's own, and of it no more than is used. Says what
 * each was made of.
 */
export const buildFunctions = async (folder: string): Promise<Metafile> => {
  const handlers = readdirSync("handlers").filter((file) => file.endsWith(".ts"));
  const { metafile } = await build({
    entryPoints: handlers.map((file) => ({
      in: join("handlers", file),
      out: join(file.replace(/\.ts$/, ""), "index"),
    })),
    ...{ outdir: folder, outExtension: { ".js": ".mjs" }, logLevel: "warning", metafile: true },
    ...{ bundle: true, platform: "node", format: "esm", target: "node24", minify: true },
    mainFields: ["module", "main"], // where a package has ES modules, what is not used is left out
    plugins: [leanSchemas],
    alias: { "@aws-sdk/credential-provider-node": resolve("pack/environment-credentials.ts") },
    banner: { js: banner },
    external: ["xmlbuilder2"], // an optional one of the library of SBOMs, for XML
  });
  return metafile;
};
