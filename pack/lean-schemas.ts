import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** `const _DSR = "DescribeSnapshotsRequest";`: the SDK names each string once. */
const constant = /^const (_\w+) = ("(?:[^"\\\n]|\\.)*");$/gm;

/** `{ [_xN]: …`: a key by such a name. */
const computed = /([{,]\s*)\[(_\w+)\](?=: )/g;

/**
 * The text of a schema module with plain keys in place of computed ones: `{ [_xN]: …` becomes
 * `{ "xmlName": …`. A computed key may run code, so a bundler keeps every schema that has one,
 * and all that those name: all of EC2's for one call. With plain keys what is not used goes.
 */
export const withPlainKeys = (text: string): string => {
  const values = new Map([...text.matchAll(constant)].map(([, name, value]) => [name, value]));
  return text.replace(computed, (whole, before: string, name: string) => {
    const value = values.get(name);
    return value === undefined ? whole : `${before}${value}`;
  });
};

/** Of a version of the SDK it is the same for every function. */
const plain = new Map<string, Promise<string>>();

const readPlain = (path: string): Promise<string> => {
  const known = plain.get(path) ?? readFile(path, "utf8").then(withPlainKeys);
  plain.set(path, known);
  return known;
};

/** Has esbuild leave out what a function does not use of the SDK's descriptions of calls. */
export const leanSchemas: Plugin = {
  name: "lean-schemas",
  setup(build) {
    const filter = /[\\/]@aws-sdk[\\/].*[\\/]schemas[\\/]schemas_\d+\.js$/;
    build.onLoad({ filter }, async ({ path }) => ({
      contents: await readPlain(path),
      loader: "js",
    }));
  },
};
