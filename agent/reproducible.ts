/**
 * `SOURCE_DATE_EPOCH` for the programs that make files of the image out of packages: an initramfs,
 * a FAT, a cache. 2020-01-01, whatever the day: what they make must not differ when nothing but the
 * day does, and FAT and zip know no year before 1980. No step of a recipe's own gets it, nor does
 * what installs a distribution: accounts that are made with it would have passwords as old as
 * that, which a rule for their age then takes for expired.
 * https://reproducible-builds.org/specs/source-date-epoch/
 */
export const sourceDate = { SOURCE_DATE_EPOCH: "1577836800" } as const;
