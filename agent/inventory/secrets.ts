import { keyCommand, type Secret } from "../../core/inventory/found/secret.ts";
import type { SshdLine } from "../hygiene/sshd-config.ts";
import type { ImageFiles } from "./image-files.ts";
import type { Owners } from "./owners.ts";
import { accountFiles, accountSightings } from "./secret/accounts.ts";
import { authorizedFiles, authorizedSightings } from "./secret/authorized.ts";
import { type Authorizing, nobodyAuthorizes } from "./secret/authorizing.ts";
import { historyFiles, historySightings } from "./secret/histories.ts";
import { masked } from "./secret/masked.ts";
import { placesOf, sightingsAt } from "./secret/places-scan.ts";
import type { Sighting } from "./secret/sighting.ts";

export interface SecretsOrder {
  files: ImageFiles;
  /** What was seen in files while they were read, by path. */
  seen: ReadonlyMap<string, readonly Sighting[]>;
  owners: Owners;
  /** Where sshd is told to look for keys; its usual places when absent. */
  authorizing?: Pick<Authorizing, "places" | "commands">;
}

/** The secrets of an image, by path and line; nothing of them can be used. */
export const findSecrets = (order: SecretsOrder): Secret[] => {
  const { files, seen, owners, authorizing = nobodyAuthorizes } = order;
  // a path of sshd's may be a link
  const real = (path: string) => files.find(path)?.path ?? path;
  const keys = new Set(authorizing.places.map(real));
  const commands = Map.groupBy(authorizing.commands, ({ path }) => real(path));
  return files.entries.flatMap((entry): Secret[] => {
    if (entry.type !== "file") return [];
    const { path } = entry;
    const found = distinct([...(seen.get(path) ?? []), ...atPlace(files, path, keys.has(path))]);
    const asked = (commands.get(path) ?? []).map((line) => ({
      ...{ ...commandSighting(line), path },
      shipped: owners.isShipped(real(line.words[0] ?? "")),
    }));
    if (found.length === 0) return asked;
    const shipped = owners.isShipped(path);
    return [
      ...found.map(({ kind, ...told }): Secret => ({ kind, path, ...told, shipped })),
      ...asked,
    ];
  });
};

/** A program that sshd asks for keys; passwords in its parameters are not shown. */
const commandSighting = ({ line, words }: SshdLine): Sighting => ({
  kind: "authorized-key",
  line,
  shown: masked(`${keyCommand} ${words.join(" ")}`),
});

/** What is in a file that is known by its path. */
const atPlace = (files: ImageFiles, path: string, hasKeys: boolean): Sighting[] => {
  const look = hasKeys ? authorizedSightings : lookFor(path);
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
