import { posix } from "node:path";
import { accountsOf, type Home, homesOf } from "./homes.ts";
import { readSshd, type SshdConfig } from "./sshd-config.ts";

/** Where sshd looks when its configuration says nothing; dropbear, too. */
const usual = [".ssh/authorized_keys", ".ssh/authorized_keys2"];

/**
 * Paths of files in which an image's sshd and dropbear look for the keys that let somebody in, of
 * all accounts; most are not there. Throws UnusablePath.
 */
export const authorizedPlaces = async (
  root: string,
  sshd: SshdConfig = readSshd(root),
): Promise<string[]> => {
  const configured = sshd.words("AuthorizedKeysFile").filter((word) => word !== "none");
  const patterns = [...usual, ...configured];
  const ofHomes = (await homesOf(root)).flatMap((home) =>
    patterns.map((pattern) => filled(pattern, home)),
  );
  // an account without a home may log in as well
  const elsewhere = patterns.filter((pattern) => pattern.startsWith("/"));
  const ofAccounts = (await accountsOf(root)).flatMap((account) =>
    elsewhere.map((pattern) => filled(pattern, account)),
  );
  return [...new Set(["/etc/dropbear/authorized_keys", ...ofHomes, ...ofAccounts])];
};

/** The tokens of AuthorizedKeysFile: sshd_config(5). */
const filled = (pattern: string, { account, folder }: Home): string => {
  const tokens: Record<string, string> = { "%%": "%", "%h": folder, "%u": account };
  const path = pattern.replaceAll(/%[%hu]/g, (token) => tokens[token] ?? token);
  return posix.resolve(folder, path);
};
