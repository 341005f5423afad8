import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";

/** Makes files of programs; what they were made of. */
export const bundle = async (options: BuildOptions): Promise<Metafile> => {
  const { metafile } = await build({
    ...{ bundle: true, platform: "node", format: "esm", target: "node24" },
    ...{ outbase: ".", outdir: "dist", logLevel: "warning", metafile: true },
    // CycloneDX's library would write XML by it where it is installed; here it writes JSON
    external: ["xmlbuilder2"],
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
export const licences = async (files: readonly Metafile[]): Promise<string> => {
  const inputs = files.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
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
