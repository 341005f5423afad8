import { execFile } from "node:child_process";
import { cp, mkdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const python = "/usr/bin/python3";

/** What modules of Ansible need no part of. */
const left = new Set(["dist-packages", "site-packages", "ensurepip", "idlelib", "lib2to3", "test"]);

/** Copies this machine's Python, with its library, into a small image. */
export const addPython = async (root: string): Promise<void> => {
  const ask = "import sysconfig; print(sysconfig.get_path('stdlib'))";
  const { stdout } = await run(python, ["-I", "-c", ask]);
  const library = stdout.trim();
  const program = await realpath(python);
  const extensions = join(library, "lib-dynload");
  const { stdout: needed } = await run("sh", ["-c", `ldd ${program} ${extensions}/*.so`]);
  const libraries = Array.from(needed.matchAll(/(\/\S+) \(0x/g), ([, path = ""]) => path);
  for (const path of new Set([program, ...libraries])) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await cp(await realpath(path), join(root, path));
  }
  await cp(program, join(root, python));
  const isWanted = (path: string) => !left.has(path.slice(library.length + 1).split(sep)[0] ?? "");
  await cp(library, join(root, library), {
    ...{ recursive: true, filter: isWanted, preserveTimestamps: true },
  });
};
