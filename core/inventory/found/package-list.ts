import * as z from "zod";

/**
 * A repository's list of packages, as the image's apt had it when packages were installed. Lists
 * are removed from images, so it is noted while they are there.
 */
export const PackageList = z.strictObject({
  /** As packages have it in `repository`: URL, suite and component. */
  repository: z.string(),
  /** SHA-256 of the list, unpacked, in hexadecimal; absent when it could not be read. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /**
   * Fingerprint of a key of the image's that signed the repository's Release, in which that digest
   * stands; absent if none did.
   */
  signer: z.string().optional(),
  /** Why nobody vouches for it: a sentence that begins with "it". */
  because: z.string().optional(),
});
export type PackageList = z.infer<typeof PackageList>;

/** Which repositories have the packages of an image, as far as apt's lists told. */
export const PackageOrigins = z.strictObject({
  lists: z.array(PackageList),
  /** The repository by a package's name, version and architecture, with blanks between them. */
  packages: z.record(z.string(), z.string()),
});
export type PackageOrigins = z.infer<typeof PackageOrigins>;

export const noOrigins: PackageOrigins = { lists: [], packages: {} };

/** Both; of a package that both know the first: it was installed by then. */
export const mergedOrigins = (first: PackageOrigins, then: PackageOrigins): PackageOrigins => {
  const lists = [...first.lists, ...then.lists];
  return {
    lists: [...new Map(lists.map((one) => [`${one.repository} ${one.sha256}`, one])).values()],
    packages: { ...then.packages, ...first.packages },
  };
};
