import type { Digests } from "./facts.ts";
import { sha256Of, type Subject } from "./statement.ts";

/** Ends of the names of an image's subjects: `ami-…/tree`. */
export const subjectNames = { tree: "tree", disk: "disk.raw", inventory: "inventory.json.gz" };
export type SubjectKind = keyof typeof subjectNames;

/**
 * What a statement of an image is about, by every digest that is known of it: public tools find a
 * subject by a file's SHA-256. The inventory is among them, as it names every file of the image.
 */
export const subjectsOf = (
  imageId: string,
  { tree, disk, inventory }: Omit<Digests, "sbom">,
): Subject[] =>
  Object.entries({ tree, disk, inventory }).flatMap(([kind, digest]) => {
    if (digest === undefined) return [];
    const name = `${imageId}/${subjectNames[kind as SubjectKind]}`;
    return [{ name, digest: sha256Of(digest) }];
  });

/** `sha256:` and 64 digits; undefined where none was signed. */
export const digestOfSubject = (
  subject: readonly Subject[],
  kind: SubjectKind,
): string | undefined => {
  const found = subject.find(({ name }) => name.endsWith(`/${subjectNames[kind]}`));
  const sha256 = found?.digest["sha256"];
  return sha256 === undefined ? undefined : `sha256:${sha256}`;
};
