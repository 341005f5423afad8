import * as z from "zod";

/**
 * Who says what a package's files contain: a repository by a signature that was checked here
 * against a key of the image's (`repository`); the image's own database alone (`database`), which
 * whoever changed a file could have changed too; or nobody (`nothing`), where the package manager
 * keeps no digests of a package's files.
 */
export const Vouched = z.enum(["repository", "database", "nothing"]);
export type Vouched = z.infer<typeof Vouched>;
