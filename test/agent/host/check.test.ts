import { spawnSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkHost } from "../../../agent/host/check.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const nothing = { copyFiles: [], mounts: [], beforeMount: [], afterMount: [] };

const copying = (from: string) => checkHost({ ...nothing, copyFiles: [{ from, to: "/etc/x" }] });
const binding = (source: string) =>
  checkHost({ ...nothing, mounts: [{ kind: "bind", path: "/mnt", source, writable: false }] });

test("files to copy are files, and folders to mount are folders, links to them too", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at("file"), "");
  await mkdir(at("folder"));
  spawnSync("mkfifo", [at("fifo")]);
  for (const name of ["file", "folder", "fifo", "nowhere"]) await symlink(name, at(`to-${name}`));
  for (const name of ["file", "to-file"]) await expect(copying(at(name))).resolves.toBeDefined();
  for (const name of ["folder", "to-folder"]) {
    await expect(binding(at(name))).resolves.toBeDefined();
    await expect(copying(at(name))).rejects.toThrow(`${at(name)} of the builder is not a file`);
  }
  for (const name of ["fifo", "to-fifo"]) {
    await expect(copying(at(name))).rejects.toThrow(`${at(name)} of the builder is not a file`);
    await expect(binding(at(name))).rejects.toThrow(`${at(name)} of the builder is not a folder`);
  }
  for (const name of ["none", "to-nowhere", "file/below"]) {
    for (const ask of [copying, binding]) {
      await expect(ask(at(name))).rejects.toMatchObject({
        ...{ name: "NotReady", message: expect.stringContaining(`the builder has no ${at(name)}`) },
      });
    }
  }
});

test("a recipe that asks nothing of the builder has nothing to check", async () => {
  expect(await checkHost(undefined)).toEqual(nothing);
});
