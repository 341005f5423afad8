import * as z from "zod";

/** A package of a programming language's own package manager, wherever it lies in the image. */
export const LanguagePackage = z.strictObject({
  kind: z.enum(["npm", "pypi", "gem", "golang", "maven"]),
  name: z.string(),
  version: z.string(),
  /** The file that tells of it. */
  path: z.string(),
  /** In the package's own words; absent when it says nothing. */
  licence: z.string().optional(),
  /** The package of the distribution that the file belongs to; absent if none. */
  package: z.string().optional(),
});
export type LanguagePackage = z.infer<typeof LanguagePackage>;
