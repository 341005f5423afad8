/** Is given each header of an rpm database; undefined for an entry that has none. */
export type HeaderTaker = (header: Uint8Array | undefined) => void;

/** Bytes of the database and of its log: three thousand packages have 200 million. */
export const largestDatabase = 512 * 1024 ** 2;

/** Bytes of a header; a kernel's, with six thousand files, has one million. */
export const largestHeader = 16 * 1024 ** 2;

export const mostPackages = 100_000;
