import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  distributionProblems,
  parseRelease,
  readDistribution,
} from "../../../agent/inventory/distribution.ts";
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

const packaged = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13"\n';

test.each([
  ["names another release", packaged.replace("13", "99"), "debian 99"],
  ["names another distribution", 'ID=amzn\nVERSION_ID="2023"\n', "amzn 2023"],
  ["names no release", "ID=debian\n", "debian"],
])("an /etc/os-release that %s than the package's is a problem", async (_, text, says) => {
  await using folder = await temporaryFolder();
  for (const path of ["etc", "usr/lib"]) await mkdir(join(folder.path, path), { recursive: true });
  await writeFile(join(folder.path, "usr/lib/os-release"), packaged);
  await writeFile(join(folder.path, "etc/os-release"), text);
  const reason = `it says ${says}, and /usr/lib/os-release says debian 13`;
  expect(await distributionProblems(folder.path)).toEqual([
    { section: "distribution", path: "/etc/os-release", reason },
  ]);
});

test("one that leads to the package's, is alone, or only has another title, is none", async () => {
  await using folder = await temporaryFolder();
  const [own, other] = ["etc", "usr/lib"].map((path) => join(folder.path, path, "os-release"));
  for (const path of ["etc", "usr/lib"]) await mkdir(join(folder.path, path), { recursive: true });
  // Alpine before 3.17 has the first alone
  await writeFile(String(own), packaged);
  expect(await distributionProblems(folder.path)).toEqual([]);
  await writeFile(String(other), packaged.replace("Linux 13", "Linux of ours"));
  expect(await distributionProblems(folder.path)).toEqual([]);
  await rm(String(own));
  expect(await distributionProblems(folder.path)).toEqual([]);
  await symlink("../usr/lib/os-release", String(own));
  expect(await distributionProblems(folder.path)).toEqual([]);
});
