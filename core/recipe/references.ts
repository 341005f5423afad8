import { SSH_KEY } from "./dynamic.ts";
import { nearest } from "./nearest.ts";
import type { Path } from "./tree.ts";

/** A `${…}` in a text, or a `$${` that stands for the text `${`. */
export type Reference = { start: number; end: number; written: string; escaped: boolean };

const NAME = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** The `${…}` of a text, in order. */
export const referencesIn = (text: string): Reference[] =>
  Array.from(text.matchAll(/\$\$\{|\$\{[^}\n]*\}?/g), ({ 0: written, index }) => ({
    start: index,
    end: index + written.length,
    written,
    escaped: written === "$${",
  }));

/** The parameter a reference names, or undefined when it is not a name. */
export const nameOf = (written: string): string | undefined => NAME.exec(written)?.[1];

const inTests = (path: Path): boolean => path.length > 3 && path.at(-1) === "name";

const isCommand = (key: PropertyKey | undefined) => key === "before_mount" || key === "after_mount";

const inHost = (path: Path): boolean =>
  !isCommand(path[2]) || (path.length > 4 && path.at(-1) === "name");

/** Of `ssh_key`, which there is not, it is told once. */
const unfilled = new Set(["name", "parameters", "policy", "ssh_key"]);

/**
 * Whether `${NAME}` is filled in at this place of a recipe. Not in the shell's own text, which has
 * a `${…}` of its own, nor in what says which image, which parameters and which steps there are, nor
 * in the policy, which holds whatever the parameters are.
 */
export const isFilled = ([file, section, ...rest]: Path): boolean => {
  if (file !== "image" || typeof section !== "string" || unfilled.has(section)) return false;
  if (section === "tests") return inTests([file, section, ...rest]);
  if (section === "host") return inHost([file, section, ...rest]);
  if (section !== "configure") return true;
  const [kind, key] = typeof rest[0] === "number" ? rest.slice(1) : rest;
  if (kind === "when") return false;
  return kind !== "shell" || (key !== undefined && key !== "inline");
};

/** The names a `${NAME}` can have, and those it cannot. */
export type Names = { values: Set<string>; secrets: Set<string> };

/** What is wrong with a reference, and what would be right; undefined when nothing is. */
export const complaintAbout = (
  { written, escaped }: Reference,
  names: Names,
): { message: string; hint: string } | undefined => {
  if (escaped) return undefined;
  const name = nameOf(written);
  const literally = `for the text itself write $${written}`;
  if (name === undefined) {
    const hint = `write \${NAME} with a parameter's name, or ${literally}`;
    return { message: `${written} is not a parameter`, hint };
  }
  if (names.values.has(name)) return undefined;
  if (names.secrets.has(name)) {
    const hint = `shell and ansible steps read it at /run/secrets/${name}`;
    return { message: `\${${name}} is a secret, which is written into nothing`, hint };
  }
  if (name === SSH_KEY) {
    const hint = "leave it out: nobody logs in to a builder, whose agent Systems Manager starts";
    return { message: `\${${name}} is nothing: builders have no key`, hint };
  }
  const meant = nearest(name, names.values);
  const found = meant === undefined ? "declare it under parameters" : `perhaps \${${meant}}`;
  return { message: `no parameter ${name} is declared`, hint: `${found}, or ${literally}` };
};
