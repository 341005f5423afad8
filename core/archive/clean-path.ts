/** What a name may not have: controls, line separators, changes of direction, broken UTF-8. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]/gu;

/** Linux' limits, in bytes. */
const longestName = 255;
const longestPath = 4000; // PATH_MAX is 4096, with the folder that it is unpacked in

/** A path as names from the bundle's folder down, or what is wrong with it. */
export const cleanPath = (path: string): { names: string[] } | { wrong: string } => {
  const wrong = wrongWith(path);
  if (wrong !== undefined) return { wrong };
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) return { wrong: "leads upwards with `..`" };
  if (names.some((name) => Buffer.byteLength(name) > longestName)) {
    return { wrong: `has a name of more than ${longestName} bytes` };
  }
  return { names };
};

/**
 * Where a link in the folder `from` leads, as it may be written, or what is wrong with it. After
 * leading `..`, which stay in the bundle, a target only goes downwards. So wherever it passes
 * through other links, which do the same, it never comes out.
 */
export const cleanTarget = (
  target: string,
  from: readonly string[],
): { target: string } | { wrong: string } => {
  const wrong = target === "" ? "leads nowhere" : wrongWith(target);
  if (wrong !== undefined) return { wrong };
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const down = names.findIndex((name) => name !== "..");
  const up = down === -1 ? names.length : down;
  if (up > from.length) return { wrong: "leads out of the bundle" };
  if (names.slice(up).includes("..")) {
    return { wrong: "goes down and up again: write where it leads the short way" };
  }
  return { target };
};

const wrongWith = (path: string): string | undefined => {
  if (path.search(unprintable) !== -1) return "has characters that do not print, or no UTF-8";
  if (/^(?:\/|[A-Za-z]:[\\/])/.test(path)) return "is absolute";
  return Buffer.byteLength(path) > longestPath ? "is too long" : undefined;
};

/** A name from an archive, as it can be shown. */
export const shown = (path: string): string => {
  const text = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return text.replace(unprintable, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
};
