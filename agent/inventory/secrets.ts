import type { Secret } from "../../core/inventory/found/secret.ts";
import type { ImageFiles } from "./image-files.ts";
import type { Owners } from "./owners.ts";
import { accountFiles, accountSightings } from "./secret/accounts.ts";
import { authorizedFiles, authorizedSightings } from "./secret/authorized.ts";
import { historyFiles, historySightings } from "./secret/histories.ts";
import { placesOf, sightingsAt } from "./secret/places-scan.ts";
import type { Sighting } from "./secret/sighting.ts";

export interface SecretsOrder {
  files: ImageFiles;
  /** What was seen in files while they were read, by path. */
  seen: ReadonlyMap<string, readonly Sighting[]>;
  owners: Owners;
}

/** The secrets of an image, by path and line; nothing of them can be used. */
export const findSecrets = ({ files, seen, owners }: SecretsOrder): Secret[] =>
  files.entries.flatMap((entry) => {
    if (entry.type !== "file") return [];
    const found = distinct([...(seen.get(entry.path) ?? []), ...atPlace(files, entry.path)]);
    if (found.length === 0) return [];
    const { path } = entry;
    const shipped = owners.isShipped(path);
    return found.map(({ kind, ...told }): Secret => ({ kind, path, ...told, shipped }));
  });

/** What is in a file that is known by its path. */
const atPlace = (files: ImageFiles, path: string): Sighting[] => {
  const look = lookFor(path);
  const text = look === undefined ? undefined : files.text(path);
  return look === undefined || text === undefined ? [] : look(text);
};

const lookFor = (path: string): ((text: string) => Sighting[]) | undefined => {
  if (accountFiles.test(path)) return (text) => accountSightings(path, text);
  if (authorizedFiles.test(path)) return authorizedSightings;
  if (historyFiles.test(path)) return historySightings;
  const places = placesOf(path);
  if (places.length === 0) return undefined;
  return (text) => places.flatMap((place) => sightingsAt(place, text));
};

/** One for each line: what tells more of a secret, because its form is known, comes first. */
const distinct = (sightings: readonly Sighting[]): Sighting[] => {
  const lines = new Map<number, Sighting>();
  for (const one of sightings) if (!lines.has(one.line ?? 0)) lines.set(one.line ?? 0, one);
  return [...lines.values()].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
};
