import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * A PATH with the folders of the system's tools at its end. A user's PATH lacks them on Debian,
 * and so does root's after a plain `su`.
 */
export const withSystemFolders = (path = ""): string => {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...folders, ...systemFolders])].join(delimiter);
};

/** The first executable of that name on the PATH. */
export const findCommand = (name: string): string | undefined =>
  withSystemFolders(process.env["PATH"])
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Lets every program that this process starts find the system's tools. */
export const useSystemFolders = (): void => {
  process.env["PATH"] = withSystemFolders(process.env["PATH"]);
};
