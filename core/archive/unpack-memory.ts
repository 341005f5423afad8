import { Readable } from "node:stream";
import { fromBufferPromise } from "yauzl";
import { UnusableArchive } from "../errors.ts";
import { addEntries } from "./add-entries.ts";
import { BundleFolder } from "./bundle-folder.ts";
import { gunzipped } from "./gunzipped.ts";
import { archiveKind } from "./kind-of-archive.ts";
import { Budget, type Limits } from "./limits.ts";
import { MemoryBundle } from "./memory-bundle.ts";
import { tarEntries } from "./tar-entries.ts";
import { zipEntries, zipOptions } from "./zip-entries.ts";

const never = new AbortController().signal;

/** Unpacks a bundle's archive, `name`, into memory. Throws UnusableArchive. */
export const unpackInMemory = async (
  name: string,
  archive: Buffer,
  limits: Limits,
): Promise<MemoryBundle> => {
  const kind = archiveKind(name, archive);
  const budget = new Budget(archive.length, limits);
  const bundle = new MemoryBundle();
  const entries =
    kind === "zip"
      ? zipEntries(fromBufferPromise(archive, zipOptions), never)
      : tarEntries(gunzipped(Readable.from([archive]), budget), never);
  try {
    await addEntries(entries, new BundleFolder(bundle, budget), never);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnusableArchive(`${name} cannot be unpacked: ${why}`, { cause: error });
  }
  return bundle;
};
