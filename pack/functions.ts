import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build, type Metafile } from "esbuild";
import { leanSchemas } from "./lean-schemas.ts";

/** CommonJS packages call `require`. A short name would meet a minified one: both are declared. */
const banner =
  'import{createRequire as ovenbirdCreateRequire}from"node:module";const require=ovenbirdCreateRequire(import.meta.url);';

/**
 * Makes a folder of every handler in `folder`, with its `index.mjs` and all that it uses: the SDK
 * too, which takes half as long to import as Lambda's own, and of it no more than is used. What is
 * imported only when it is needed is a file beside it, which nobody parses until then. Says what
 * each was made of, by its path in `folder`.
 */
export const buildFunctions = async (folder: string): Promise<Metafile["outputs"]> => {
  const handlers = readdirSync("handlers").filter((file) => file.endsWith(".ts"));
  const outputs: Metafile["outputs"] = {};
  // one after the other: each has all processors at work, and much memory
  for (const file of handlers) Object.assign(outputs, await buildFunction(folder, file));
  return outputs;
};

const alias = {
  "@aws-sdk/credential-provider-node": resolve("pack/environment-credentials.ts"),
  // the same library in one ES module: what is not used of it is left out, as of CommonJS nothing is
  yaml: resolve("node_modules/yaml/browser/index.js"),
};

const buildFunction = async (folder: string, handler: string): Promise<Metafile["outputs"]> => {
  const { metafile } = await build({
    entryPoints: [{ in: join("handlers", handler), out: "index" }],
    outdir: join(folder, handler.replace(/\.ts$/, "")),
    ...{ outExtension: { ".js": ".mjs" }, logLevel: "warning", metafile: true },
    ...{ bundle: true, splitting: true, minify: true },
    ...{ platform: "node", format: "esm", target: "node24" },
    mainFields: ["module", "main"], // where a package has ES modules, what is not used is left out
    plugins: [leanSchemas],
    alias,
    banner: { js: banner },
    external: ["xmlbuilder2"], // an optional one of the library of SBOMs, for XML
  });
  return byPathIn(folder, metafile.outputs);
};

const byPathIn = (folder: string, outputs: Metafile["outputs"]): Metafile["outputs"] =>
  Object.fromEntries(
    Object.entries(outputs).map(([path, output]) => [relative(folder, path), output]),
  );
