import { databasePlace, DatabaseProblem } from "./database-file.ts";
import type { DatabaseTexts } from "./database-text.ts";
import { patternOf } from "./wildcards.ts";

/** Rules of dpkg.cfg(5) that are followed; Debian's own images have ten. */
const mostRules = 200;

/**
 * What dpkg was told to leave out: `path-exclude` and `path-include` of its configuration, of which
 * the last that fits a path decides. Throws DatabaseProblem.
 */
export const readExcluded = async (
  root: string,
  texts: DatabaseTexts,
): Promise<(path: string) => boolean> => {
  const folder = await databasePlace(root, "/etc/dpkg/dpkg.cfg.d");
  // dpkg takes the names that run-parts(8) takes
  const names = texts.names(folder).filter((name) => /^[\w-]+$/.test(name));
  const places = [
    ...names.map((name) => `${folder}/${name}`),
    await databasePlace(root, "/etc/dpkg/dpkg.cfg"),
  ];
  const rules = places.flatMap((place) => rulesIn(texts.text(place) ?? "")).toReversed();
  if (rules.length > mostRules) {
    throw new DatabaseProblem(`its configuration leaves out more than ${mostRules} patterns`);
  }
  return (path) => rules.find(({ fits }) => fits(path))?.excludes === true;
};

const rulesIn = (text: string): { excludes: boolean; fits: (path: string) => boolean }[] =>
  text.split("\n").flatMap((line) => {
    const [, how, pattern] = /^path-(exclude|include)[\s=](.*)/.exec(line.trim()) ?? [];
    if (pattern === undefined) return [];
    const fits = patternOf(pattern.replace(/^[\s=]+/, "").replace(/^(["'])(.*)\1$/, "$2"));
    return [{ excludes: how === "exclude", fits }];
  });
