import type { LanguagePackage } from "../../../core/inventory/found/language-package.ts";

/** What a file tells of a package; whose the file is, others know. */
export type FoundPackage = Omit<LanguagePackage, "path" | "package">;

/** Characters of a name, a version or a licence; what is longer is none. */
const longest = 300;

/** Whether a field has something in it that can be a name, a version or a licence. */
export const isWord = (field: unknown): field is string =>
  typeof field === "string" && field.trim() !== "" && field.length <= longest;
