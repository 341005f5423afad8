import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Image } from "../../core/image.ts";
import { inventoryFile, inventoryText } from "../../core/inventory/document.ts";
import { imageRecord, pathsIn, snapshotFolder } from "../../local/paths.ts";
import { debian, file, inventory } from "../core/inventory/made.ts";
import { ovenbird, scratchFolder } from "./run-cli.ts";

const image = Image.parse({
  ...{ imageId: "img-00000001", name: "web", description: "", state: "published" },
  ...{ bake: "web-0123456789abcdef-1", snapshotId: "snap-00000001", rootVolumeSize: 4 },
  disk: {
    ...{ architecture: "x86_64", bootMode: "uefi-preferred", fileSystem: "ext4" },
    ...{ operatingSystem: "Debian GNU/Linux 12", kernel: "vmlinuz" },
  },
  lineage: [{ kind: "scratch", distribution: "debian", suite: "bookworm" }],
  ...{ tags: {}, created: "2025-11-20T08:00:00.000Z" },
});

const stateWith = async (root: string, packages = [debian("libc6", "2.36-9")]) => {
  const paths = pathsIn(root);
  const folder = snapshotFolder(paths, image.snapshotId);
  for (const path of [paths.images, folder]) await mkdir(path, { recursive: true });
  await writeFile(imageRecord(paths, image.imageId), JSON.stringify(image));
  const distribution = { id: "debian", version: "12" };
  const taken = inventory({ distribution, packages, files: [file("/a")] });
  await writeFile(join(folder, inventoryFile), gzipSync([...inventoryText(taken)].join("")));
  return root;
};

test("sbom writes CycloneDX to standard output, and the same bytes to a file", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path);
  const { status, stdout } = await ovenbird(["sbom", "web", "--state", state]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
  expect(stdout).toContain("pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12");
  const path = join(folder.path, "sbom.json");
  const quiet = await ovenbird(["sbom", image.imageId, "--output", path, "--state", state]);
  expect(quiet).toMatchObject({ status: 0, stdout: "" });
  expect(await readFile(path, "utf8")).toBe(stdout);
});

test("sbom writes SPDX when asked, with the time of the newest file", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path);
  const { stdout } = await ovenbird(["sbom", "web", "--format", "spdx", "--state", state]);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ spdxVersion: "SPDX-2.3", name: "web" },
    creationInfo: { created: "2023-11-14T22:13:20Z" },
  });
});

test("a package's name drives no terminal", async () => {
  await using folder = await scratchFolder();
  const state = await stateWith(folder.path, [debian("a\u009b31m\u202e", "1")]);
  const { status, stdout } = await ovenbird(["sbom", "web", "--state", state]);
  expect(status).toBe(0);
  // oxlint-disable-next-line no-control-regex -- it is what must not be there
  expect(stdout).not.toMatch(/[\u0080-\u009f\u202e]/);
  expect(JSON.stringify(JSON.parse(stdout))).toContain("a\u009b31m\u202e");
});

test("a format that there is not, and an image that there is not, are refused", async () => {
  await using folder = await scratchFolder();
  const other = await ovenbird(["sbom", "web", "--format", "xml", "--state", folder.path]);
  expect(other.status).toBe(2);
  expect((await ovenbird(["sbom", "web", "--state", folder.path])).status).toBe(5);
});
