import { homedir } from "node:os";
import { join } from "node:path";

/** The folder of what bakes fetch and share. */
export const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "ovenbird");
