import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { installTools, managerOf } from "../../../agent/builder/tools.ts";
import { BuilderOrder } from "../../../core/builder-order.ts";
import { recipeOf } from "../../support/agent-run.ts";
import { someBake } from "../../support/local-state.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

test.each([
  ["apt", 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"'],
  ["apt", "ID=debian"],
  ["dnf", 'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"'],
  [undefined, "ID=alpine"],
  [undefined, ""],
])("%s is the package manager of such a builder", (manager, release) => {
  expect(managerOf(release)).toBe(manager);
});

const order = BuilderOrder.parse({
  ...{ bake: someBake(), volumeId: "vol-00000000", architecture: "x86_64", rootVolumeSize: 1 },
  origin: { kind: "image", imageId: "ami-00000000", name: "base" },
  recipe: recipeOf({ origin: { kind: "recipe", recipe: "base" } }),
});

/** A PATH of one folder, with package managers that note what they are told, until the scope ends. */
const bareMachine = async (folder: string, script: string): Promise<Disposable> => {
  for (const program of ["apt-get", "dnf"]) {
    const path = join(folder, program);
    const noted = `echo "${program} $*" >>${folder}/calls`;
    await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${noted}\n${script}\nexit 1\n`);
    await chmod(path, 0o755);
  }
  vi.stubEnv("PATH", folder);
  return { [Symbol.dispose]: () => void vi.unstubAllEnvs() };
};

test("what a builder has not is installed by its own package manager, and named when that fails", async () => {
  await using folder = await temporaryFolder();
  using _ = await bareMachine(folder.path, "");
  const said: string[] = [];
  await expect(installTools(order, (line) => said.push(line))).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringMatching(
      /the builder lacks what the bake needs.*\n {2}bwrap: to run steps in a sandbox\n.*Ubuntu LTS/s,
    ),
  });
  const calls = await readFile(join(folder.path, "calls"), "utf8");
  expect(calls).toMatch(/ install .*\bbubblewrap\b.*\bslirp4netns\b/);
  expect(calls).not.toMatch(/qemu|grub|mmdebstrap/);
  expect(said[0]).toMatch(/^installing .*bubblewrap/);
});

test("what is installed is looked for again, whatever the package manager's status was", async () => {
  const programs = [
    ...["sfdisk", "blkid", "mount", "umount", "losetup", "unshare", "nsenter", "setpriv", "flock"],
    ...["blockdev"],
    ...["fstrim", "prlimit", "bash", "cp", "truncate", "find", "chattr", "findmnt", "mkfs.ext4"],
    ...["e2fsck", "resize2fs", "dumpe2fs", "mkfs.xfs", "xfs_repair", "xfs_growfs", "mkfs.btrfs"],
    ...["btrfs", "mformat", "mcopy", "mmd", "bwrap", "slirp4netns", "ip", "xargs", "getfattr"],
  ].join(" ");
  await using folder = await temporaryFolder();
  const make = `for one in ${programs}; do cp "$0" ${folder.path}/$one; done`;
  using _ = await bareMachine(folder.path, make);
  await expect(installTools(order, () => undefined)).resolves.toBeUndefined();
});
