import { Buffer } from "node:buffer";
import { closeSync, constants, openSync } from "node:fs";

/** A folder of the image by a path that the system takes. */
export interface Place extends Disposable {
  /** Names are appended to it; `latin1`. */
  path: string;
}

/** Bytes of a path with its NUL, in the kernel: PATH_MAX of limits.h. */
const longestPath = 4096;

/** Bytes of a name with its slash: NAME_MAX of limits.h. */
const longestName = 256;

/** Whether the system takes a path as it is. */
export const isShortPath = (path: string): boolean => path.length + longestName < longestPath;

/** Opens a folder itself, and writes nothing, not even when it was read. */
const folderFlags =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NOATIME;

// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const beyondAscii = /[^\0-\x7f]/;

/** A `latin1` path as the bytes that it stands for. */
export const systemPath = (latin1: string): string | Buffer =>
  beyondAscii.test(latin1) ? Buffer.from(latin1, "latin1") : latin1;

/**
 * A folder that is nested deeper than paths are long is opened piece by piece, and named by its
 * descriptor. Only sound while nothing of the image runs.
 */
export const placeOf = (root: string, folder: string): Place => {
  const path = `${root}${folder}`;
  if (isShortPath(path)) return { path, [Symbol.dispose]: () => undefined };
  const descriptor = descend(path);
  return {
    path: `/proc/self/fd/${descriptor}`,
    [Symbol.dispose]: () => closeSync(descriptor),
  };
};

const descend = (path: string): number => {
  let at: number | undefined;
  try {
    for (const piece of pieces(path)) {
      const next = openSync(
        systemPath(at === undefined ? piece : `/proc/self/fd/${at}${piece}`),
        folderFlags,
      );
      if (at !== undefined) closeSync(at);
      at = next;
    }
  } catch (error) {
    if (at !== undefined) closeSync(at);
    throw error;
  }
  return at ?? openSync("/", folderFlags);
};

/** A path cut between its names, so that each piece can be opened. */
const pieces = (path: string): string[] => {
  const cut: string[] = [];
  for (let rest = path; rest !== "";) {
    const end =
      rest.length < longestPath / 2 ? rest.length : rest.lastIndexOf("/", longestPath / 2);
    cut.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return cut;
};
