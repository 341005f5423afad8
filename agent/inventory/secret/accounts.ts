import { mostInFile, type Sighting } from "./sighting.ts";

/** Files with a password for each account, in its second field: shadow(5), passwd(5), gshadow(5). */
export const accountFiles = /^\/etc\/(?:g?shadow|passwd)-?$/;

/** How crypt(5) tells its methods; the oldest, DES, has none. */
const method = /^\$([0-9a-z]+)\$|^_/i;

/**
 * Accounts that somebody can log in to with a password, or with none. Of the hash nothing is shown:
 * who has it can guess at home.
 */
export const accountSightings = (path: string, text: string): Sighting[] =>
  text
    .split("\n")
    .flatMap((line, index) => {
      const found = sightingOf(path, line.split(":"));
      return found === undefined ? [] : [{ ...found, line: index + 1 }];
    })
    .slice(0, mostAccounts);

/** More than mostly, because each of them lets somebody in. */
const mostAccounts = 10 * mostInFile;

const sightingOf = (path: string, fields: string[]): Sighting | undefined => {
  const [account = "", password] = fields;
  if (account === "" || account.startsWith("#") || password === undefined) return undefined;
  const shown = account.slice(0, 64);
  // a group without a password lets nobody in
  if (password === "") {
    if (path.includes("gshadow")) return undefined;
    return { kind: "password", shown: `${shown} needs no password` };
  }
  if (isLocked(password)) return undefined;
  const name = method.exec(password)?.[1];
  return {
    kind: "password-hash",
    shown: `${shown} (${name === undefined ? "crypt" : `$${name}$`})`,
  };
};

/** What no password can be the hash of: `!`, `*`, `x` (it is in shadow), and a hash after a `!`. */
const isLocked = (password: string): boolean =>
  /^[!*]/.test(password) || (password.length < 13 && !password.startsWith("$"));
