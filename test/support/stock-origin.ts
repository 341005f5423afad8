import { digestOf } from "../../local/disk-format/digest-of.ts";

/** A stock disk as a recipe names it whose author knows its digest. */
export const stockOrigin = async (file: string): Promise<{ file: string; digest: string }> => ({
  file,
  digest: await digestOf(file, new AbortController().signal),
});
