import { emptyFolder, findIn, named, notFolders, realFolder } from "./remove.ts";

const folder = "/var/log";

/** What logrotate and others leave of earlier days: `syslog.1`, `dnf.log-20250105`, `x.log.2.gz`. */
const rotated = named(
  ...["*.gz", "*.xz", "*.bz2", "*.zst", "*.lz4", "*.old", "*.[0-9]", "*.[0-9][0-9]"],
  ...["*.[0-9].log", "*-20[0-9][0-9][01][0-9][0-3][0-9]*"],
);

/** Levels of folders that logs are kept empty in; paths stay short enough for any program. */
const deepest = 8;

/**
 * Empties the logs. Files stay, because a daemon that has given up its rights could not make its
 * own anew; so do folders, with their owners. Of what earlier days left, and of journals, which
 * are named after the machine, nothing stays. A file of two names may be something else than a
 * log, so only this name goes. Throws CommandFailed.
 */
export const emptyLogs = async (root: string, say: (line: string) => void): Promise<void> => {
  const path = await realFolder(root, folder);
  if (path === undefined) {
    say(`${folder} is no folder of its own in the image: what it leads to is left as it is`);
    return;
  }
  await emptyFolder(root, `${folder}/journal`);
  // the deepest first, so that -delete finds folders empty
  await findIn(path, ["-mindepth", String(deepest + 1), "-delete"], folder);
  const old = ["-type", "f", ...rotated];
  const ofTwoNames = ["-type", "f", "-links", "+1"];
  const neither = [...notFolders, "!", "-type", "l", "!", "-type", "f"];
  const goes = ["(", ...old, "-o", ...ofTwoNames, "-o", ...neither, ")", "-delete"];
  const stays = ["-type", "f", "-exec", "truncate", "-s", "0", "--", "{}", "+"];
  await findIn(path, [...goes, "-o", ...stays], folder);
};
