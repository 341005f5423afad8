import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRelease, readDistribution } from "../../../agent/inventory/distribution.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

test.each([
  [
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
    {
      ...{ id: "debian", version: "12", codename: "bookworm" },
      name: "Debian GNU/Linux 12 (bookworm)",
    },
  ],
  ["# Alpine\nID=alpine\nVERSION_ID=3.20.1\n", { id: "alpine", version: "3.20.1" }],
  ["ID='amzn'\nVERSION_ID='2023'\nID_LIKE=\"fedora\"", { id: "amzn", version: "2023" }],
  ['ID=x\nPRETTY_NAME="a \\"b\\" \\$c"', { id: "x", name: 'a "b" $c' }],
  ["ID=first\nID=last", { id: "last" }],
  ["VERSION_ID=1", undefined],
  [`ID=${"x".repeat(5000)}`, undefined],
  ["", undefined],
])("os-release is read as a shell would: %j", (text, expected) => {
  expect(parseRelease(text)).toEqual(expected);
});

test("it is found behind the usual link, or in /usr/lib alone, and only in the image", async () => {
  await using folder = await temporaryFolder();
  for (const path of ["etc", "usr/lib"]) await mkdir(join(folder.path, path), { recursive: true });
  expect(await readDistribution(folder.path)).toBeUndefined();
  await symlink("../usr/lib/os-release", join(folder.path, "etc/os-release"));
  expect(await readDistribution(folder.path)).toBeUndefined();
  await writeFile(join(folder.path, "usr/lib/os-release"), "ID=debian\n");
  expect(await readDistribution(folder.path)).toEqual({ id: "debian" });
});

test("a folder in its place says nothing, and does not hold up", async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "etc/os-release"), { recursive: true });
  expect(await readDistribution(folder.path)).toBeUndefined();
});
