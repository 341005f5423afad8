import type { BundleFolder } from "./bundle-folder.ts";
import type { Entry } from "./entry.ts";

/** Writes all entries of an archive to a bundle's folder. Throws UnusableArchive. */
export const addEntries = async (
  entries: AsyncIterable<Entry>,
  folder: BundleFolder,
  signal: AbortSignal,
): Promise<void> => {
  for await (const entry of entries) await folder.add(entry, signal);
  await folder.finish();
};
