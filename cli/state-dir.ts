import { homedir, userInfo } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** The folder of images and running bakes: the one given, or the user's by the XDG rules. */
export const stateDirOf = (given: string | undefined): string => {
  if (given !== undefined) return resolve(given);
  const { XDG_DATA_HOME: data = "", SUDO_USER } = process.env;
  if (isAbsolute(data)) return join(data, "ovenbird");
  // Some sudos keep the caller's HOME, and root's files do not belong there.
  const home = SUDO_USER !== undefined && process.getuid?.() === 0 ? userInfo().homedir : homedir();
  return join(home, ".local/share/ovenbird");
};
