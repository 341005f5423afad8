import { execFile } from "node:child_process";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { accountOf, groupIdOf, hasUser } from "../../agent/accounts.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

test("accounts that are a pipe are none, and nobody waits for them", async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  await mkdir(join(root, "etc"));
  await run("mkfifo", [join(root, "etc/passwd"), join(root, "etc/group")]);
  expect(await hasUser(root, "root")).toBe(false);
  expect(await accountOf(root, "12")).toMatchObject({ uid: 12 });
  await expect(groupIdOf(root, "bird")).rejects.toThrow("the image has no group bird");
});

test("accounts of gigabytes are not read", async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "etc"));
  await writeFile(join(folder.path, "etc/passwd"), "");
  await truncate(join(folder.path, "etc/passwd"), 8 * 1024 ** 3);
  await expect(accountOf(folder.path, "root")).rejects.toMatchObject({ name: "UnusablePath" });
});
