import { execFile } from "node:child_process";
import { lstat, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a path of a tree is: a file's text, or something else. */
export type Leaf =
  | string
  | { link: string }
  | { device: "b" | "c"; numbers: [major: number, minor: number] }
  | { special: "fifo" | "socket" | "folder" };

export const fifo: Leaf = { special: "fifo" };
export const socket: Leaf = { special: "socket" };
export const folder: Leaf = { special: "folder" };

/** Makes files, links, folders and odder things below a folder, by their paths in it. */
export const makeTree = async (root: string, leaves: Record<string, Leaf>): Promise<void> => {
  for (const [name, leaf] of Object.entries(leaves)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await makeLeaf(path, leaf);
  }
};

const makeLeaf = async (path: string, leaf: Leaf): Promise<void> => {
  if (typeof leaf === "string") await writeFile(path, leaf);
  else if ("link" in leaf) await symlink(leaf.link, path);
  else if ("device" in leaf) await run("mknod", [path, leaf.device, ...leaf.numbers.map(String)]);
  else if (leaf.special === "fifo") await run("mkfifo", [path]);
  else if (leaf.special === "folder") await mkdir(path, { recursive: true });
  else await makeSocket(path);
};

/** Node unlinks a socket that it closes; one of another name stays, as from a killed program. */
const makeSocket = async (path: string): Promise<void> => {
  const server = createServer().listen(`${path}~`);
  await once(server, "listening");
  await rename(`${path}~`, path);
  server.close();
};

/** Every path below a folder, relative to it, sorted; a folder ends with a slash. */
export const pathsIn = async (root: string): Promise<string[]> => {
  const { stdout } = await run("find", [root, "-mindepth", "1", "-printf", "%P\\0%y\\0"]);
  const words = stdout.split("\0");
  const paths: string[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    paths.push(`${words[at]}${words[at + 1] === "d" ? "/" : ""}`);
  }
  return paths.toSorted();
};

export const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
