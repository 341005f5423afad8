import { createWriteStream } from "node:fs";
import { chmod, link, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FolderSink } from "../../core/archive/bundle-folder.ts";

/** A folder of this machine as what a bundle is unpacked to. */
export const diskSink = (to: string): FolderSink => ({
  folder: (path) => mkdir(join(to, path)),
  async file(path, { bytes, mode, signal }) {
    // wx: were two names one to the file system, the second would not replace the first
    const file = createWriteStream(join(to, path), { flags: "wx", mode: 0o600 });
    await pipeline(bytes, file, { signal });
    await chmod(join(to, path), mode);
  },
  link: (path, target) => symlink(target, join(to, path)),
  hardLink: (path, target) => link(join(to, target), join(to, path)),
});
