import { type FoundPackage, isWord } from "./found.ts";

/** Of what pip installed, of setuptools' older way, and of eggs. */
export const pypiFiles =
  /(?:\.dist-info\/METADATA|\.egg-info(?:\/PKG-INFO)?|\/EGG-INFO\/PKG-INFO)$/;

/**
 * What a package's metadata says: https://packaging.python.org/en/latest/specifications/core-metadata/
 * The name is as PyPI compares names.
 */
export const pypiPackage = (text: string): FoundPackage[] => {
  const fields = headersOf(text);
  const [name, version] = [fields.get("name")?.[0], fields.get("version")?.[0]];
  if (!isWord(name) || !isWord(version)) return [];
  const licence = licenceOf(fields);
  const own = name.toLowerCase().replaceAll(/[-_.]+/g, "-");
  return [{ kind: "pypi", name: own, version, ...(isWord(licence) && { licence }) }];
};

/** Lines up to the first empty one, which ends them as in a mail. */
const headersOf = (text: string): ReadonlyMap<string, string[]> => {
  const fields = new Map<string, string[]>();
  const [head = ""] = text.split(/\r?\n\r?\n/, 1);
  for (const line of head.split(/\r?\n/)) {
    const [, name, value = ""] = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const key = name.toLowerCase();
    fields.set(key, [...(fields.get(key) ?? []), value.trim()].slice(0, mostValues));
  }
  return fields;
};

const mostValues = 200;

/** The expression, or one line of words, or else the classifiers; a licence's whole text is none. */
const licenceOf = (fields: ReadonlyMap<string, string[]>): string | undefined => {
  const [expression] = fields.get("license-expression") ?? [];
  const [words] = fields.get("license") ?? [];
  if (isWord(expression)) return expression;
  if (isWord(words) && !/^unknown$/i.test(words)) return words;
  const classified = (fields.get("classifier") ?? []).flatMap(
    (one) => /^License :: (?:OSI Approved :: )?(.+)$/.exec(one)?.[1] ?? [],
  );
  return classified.length === 0 ? undefined : classified.join(" and ");
};
