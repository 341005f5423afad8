import { secretPlaces, type SecretPlace } from "./places.ts";
import { mostInFile, type Sighting } from "./sighting.ts";

/** Names that any path of the table ends with, so that most paths are asked once only. */
const anyPlace = new RegExp(secretPlaces.map(({ path }) => `(?:${path.source})`).join("|"));

/** What the table says of a path; mostly nothing. */
export const placesOf = (path: string): SecretPlace[] =>
  anyPlace.test(path) ? secretPlaces.filter((place) => place.path.test(path)) : [];

/** What stands where a secret would, and is none. */
const placeholder = /^(?:\$|<|\{|%|x+$|\*+$|none$|null$|changeme$|your[-_]|example)/i;

/** The secrets of one place, in a file's text, by line. None of it is shown: it may be a password. */
export const sightingsAt = ({ kind, what, line }: SecretPlace, text: string): Sighting[] => {
  if (line === undefined) return text === "" ? [] : [{ kind, shown: what }];
  const found: Sighting[] = [];
  for (const [index, one] of text.split("\n").entries()) {
    const secret = line.exec(one.slice(0, longestLine))?.[1];
    if (secret === undefined || placeholder.test(secret)) continue;
    found.push({ kind, line: index + 1, shown: what });
    if (found.length === mostInFile) break;
  }
  return found;
};

/** Characters of a line in which a setting is looked for; JSON may be all in one. */
const longestLine = 64 * 1024;
