import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";
import { buildFunctions } from "./build-functions.ts";

/*
 * `npm run build`: makes of each program one file, with what it uses of other packages in it. A
 * command then starts in half the time, installing Ovenbird installs nothing else, and an agent is
 * a file that a builder can fetch by its checksum.
 */

const out = "dist";

/** Makes files of programs; what they were made of. */
const bundle = async (options: BuildOptions): Promise<Metafile> => {
  const { metafile } = await build({
    ...{ bundle: true, platform: "node", format: "esm", target: "node24" },
    ...{ outbase: ".", outdir: out, logLevel: "warning", metafile: true },
    // packages that are CommonJS call it
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    ...options,
  });
  if (metafile === undefined) throw new Error("esbuild did not tell what it used");
  return metafile;
};

/** Text of the licences of everything that was taken in from other packages. */
const licences = async (files: readonly Metafile[]): Promise<string> => {
  const inputs = files.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap(
    (path) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  const texts = [...new Set(folders)].toSorted().map(licence);
  return (await Promise.all(texts)).join("\n");
};

const licence = async (folder: string): Promise<string> => {
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const named = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
  const text = named === undefined ? about.license : await readFile(join(folder, named), "utf8");
  if (text === undefined)
    throw new Error(`${folder} does not say under which licence it may be shipped`);
  return `${about.name} ${about.version}\n\n${text.trim()}\n\n---\n`;
};

await rm(out, { recursive: true, force: true });
const made = [
  // what a command does not use stays in pieces that it does not load, and those lie beside it
  await bundle({ entryPoints: ["cli/main.ts"], splitting: true, chunkNames: "cli/[name]-[hash]" }),
  await bundle({
    entryPoints: ["main", "inventory/thread", "step-cache/fetch-digests"].map(
      (name) => `agent/${name}.ts`,
    ),
  }),
];
made.push(await buildFunctions(join(out, "functions")));
await cp("statemachines", join(out, "statemachines"), { recursive: true });
await writeFile(join(out, "LICENSES"), await licences(made));
