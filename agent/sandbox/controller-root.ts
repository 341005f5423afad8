import { lstat, mkdir, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface ControllerRoot {
  /** A folder on a tmpfs, for files made for it. */
  folder: string;
  /** A resolv.conf that names the network's resolver. */
  resolvConf: string;
  /** Paths of this machine, by the paths at which the program reads them. */
  shows: Readonly<Record<string, string>>;
}

/** Where programs and libraries are, on machines that have not moved them all into /usr. */
const programs = ["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"];

/** What programs need beside /usr; keys and passwords are in none of it. */
const settings = [
  ...["alternatives", "crypto-policies", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"],
  ...["pki/ca-trust/extracted", "pki/tls/cert.pem", "pki/tls/certs", "pki/tls/openssl.cnf"],
  ...["ca-certificates/extracted", "ssl/cert.pem", "ssl/certs", "ssl/openssl.cnf"],
].map((path) => `/etc/${path}`);

/** Accounts and names as in any small image: this machine's own are nobody's business. */
const made: Record<string, string> = {
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "/etc/group": "root:x:0:\n",
  "/etc/hosts": "127.0.0.1 localhost\n",
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

/**
 * bubblewrap's options of a root for a program of this machine that must be kept from this machine:
 * it has the system's programs, what it is shown, an empty HOME and /tmp, and nothing else.
 */
export const controllerRoot = async (order: ControllerRoot): Promise<string[]> => {
  const { folder, resolvConf, shows } = order;
  const options = ["--ro-bind", "/usr", "/usr", "--tmpfs", "/root", "--tmpfs", "/tmp"];
  for (const path of programs) options.push(...(await likewise(path)));
  for (const path of settings) options.push("--ro-bind-try", path, path);
  await mkdir(folder);
  for (const [index, [path, content]] of Object.entries(made).entries()) {
    const source = join(folder, String(index));
    await writeFile(source, content);
    options.push("--ro-bind", source, path);
  }
  const all = Object.entries({ "/etc/resolv.conf": resolvConf, ...shows });
  return [...options, ...all.flatMap(([path, source]) => ["--ro-bind", source, path])];
};

/** A link to a folder of /usr is one there, too. */
const likewise = async (path: string): Promise<string[]> => {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return [];
  return there.isSymbolicLink()
    ? ["--symlink", await readlink(path), path]
    : ["--ro-bind", path, path];
};
