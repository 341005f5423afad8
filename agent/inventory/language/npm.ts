import { type FoundPackage, isWord } from "./found.ts";

/** Where npm, yarn and pnpm put a package, and Debian its own. */
export const npmFiles =
  /\/(?:node_modules|share\/nodejs)\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/;

/** What a package.json says of its package: https://docs.npmjs.com/cli/configuring-npm/package-json */
export const npmPackage = (text: string): FoundPackage[] => {
  const { name, version, license, licenses } = parsed(text);
  if (!isWord(name) || !isWord(version)) return [];
  // old ones have an object with a type, or a list of them
  const licence = [license ?? licenses].flat().flatMap((one) => licenceOf(one) ?? []);
  const licences = licence.join(" or ");
  return [{ kind: "npm", name, version, ...(isWord(licences) && { licence: licences }) }];
};

const licenceOf = (one: unknown): string | undefined => {
  const word = typeof one === "object" && one !== null && "type" in one ? one.type : one;
  return isWord(word) ? word : undefined;
};

const parsed = (text: string): Record<string, unknown> => {
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof content === "object" && content !== null ? { ...content } : {};
  } catch {
    return {}; // what is not JSON is no package that node would load
  }
};
