import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { keep, ext4, linuxType, makeDisk, plainDisk, rootType, system } from "./disks.ts";
import { open, refusal } from "./open.ts";

/** A disk with a root and a second file system that its fstab mounts somewhere. */
const twoPartitions = (fstab: string, more = "", second = "touch mark-second") => ({
  size: 64,
  table: `label: gpt\n1 : start=1MiB, size=40MiB, type=${rootType}\n2 : start=41MiB, size=20MiB, type=${linuxType}\n`,
  volumes: [
    { start: 1, size: 40, mkfs: ext4, fill: system(fstab, more) },
    { start: 41, size: 20, mkfs: [...ext4, "-L", "second"], fill: second },
  ],
});

test("an fstab's network shares and other machines' paths are not mounted, and said so", async () => {
  await using folder = await temporaryFolder();
  const host = join(folder.path, "host");
  await mkdir(host);
  const lines = [
    "192.0.2.1:/export /mnt/a nfs4 defaults 0 0",
    "//192.0.2.1/share /mnt/b cifs guest 0 0",
    "user@192.0.2.1:/ /mnt/c fuse.sshfs defaults 0 0",
    "/dev/vda1 /mnt/d ext4 _netdev 0 0",
    `${host} /mnt/e none bind 0 0`,
    `${host} /mnt/f auto defaults,loop 0 0`,
    "overlay /mnt/g overlay lowerdir=/etc,upperdir=/root,workdir=/tmp 0 0",
    "/etc/../dev/sda1 /mnt/h auto defaults 0 0",
    "proc /mnt/i proc defaults 0 0",
    "this line is none",
    "\\033[2J\\033]0;owned\\007 /mnt/\\033[31m ext4 nofail 0 0",
  ];
  const disk = await makeDisk(join(folder.path, "disk.raw"), plainDisk(system(lines.join("\n"))));
  const { said, mounts, output } = await open({ disk, commands: 'ls -A "$ROOT"' });
  expect(mounts.map(({ path }) => path)).toEqual(["/"]);
  expect(output).not.toContain("mnt");
  expect(said).toHaveLength(10);
  expect(said.join("\n")).not.toMatch(/\p{C}(?<!\n)/u);
  expect(said.filter((line) => line.includes("on the network"))).toHaveLength(4);
});

test.each([
  "/dev/vda7",
  "/dev/loop0",
  "/dev/mapper/host-root",
  "/dev/disk/by-uuid/../../vda1",
  "UUID=$(touch${IFS}/tmp/owned)",
  "LABEL=\\012\\033[31mred",
])("an fstab that needs the host's device %s is refused, and nothing is written", async (spec) => {
  await using folder = await temporaryFolder();
  const fstab = `${spec} /data ext4 defaults 0 2`;
  const disk = await makeDisk(join(folder.path, "disk.raw"), plainDisk(system(fstab)));
  await using kept = await keep(disk);
  const error = await refusal({ disk });
  expect(error.name).toBe("UnsupportedDisk");
  expect(error.message).toMatch(/on "\/data", but that is not on this disk; .*would be right$/);
  expect(error.message).not.toMatch(/\p{C}/u);
  await kept.compare();
  await expect(readFile("/tmp/owned")).rejects.toMatchObject({ code: "ENOENT" });
});

test("the same with nofail is left out", async () => {
  await using folder = await temporaryFolder();
  const fstab = "/dev/vda7 /data ext4 nofail 0 2\n/dev/sdb /more xfs noauto 0 0";
  const disk = await makeDisk(join(folder.path, "disk.raw"), plainDisk(system(fstab)));
  const { said, mounts } = await open({ disk });
  expect(mounts).toHaveLength(1);
  expect(said).toEqual([
    expect.stringContaining('"/dev/vda7" is not on this disk'),
    expect.stringContaining('"/dev/sdb" is not mounted at boot'),
  ]);
});

test("a mount point that is a link leads to the image's folder, never to the host's", async () => {
  await using folder = await temporaryFolder();
  const host = join(folder.path, "host");
  await mkdir(join(host, "data"), { recursive: true });
  await writeFile(join(host, "data/file"), "the host's");
  const ways = [
    `mkdir -p .${host}/data; ln -s ${host}/data absolute`,
    `ln -s ../../../../../../../..${host}/data dots`,
    `ln -s /chain2 chain1; ln -s chain3 chain2; ln -s ../../..${host} chain3`,
  ];
  for (const [index, path] of ["/absolute", "/dots", "/chain1/data"].entries()) {
    const disk = join(folder.path, `disk-${index}.raw`);
    await makeDisk(disk, twoPartitions(`LABEL=second ${path} ext4 defaults 0 2`, ways[index]));
    const commands = `ls "$ROOT${host}/data"; touch "$ROOT${host}/data/new"; ls ${host}/data`;
    expect((await open({ disk, commands })).output.split("\n")).toEqual([
      "lost+found",
      "mark-second",
      "file",
      "",
    ]);
  }
  expect(await readdir(join(host, "data"))).toEqual(["file"]);
  expect(await readFile(join(host, "data/file"), "utf8")).toBe("the host's");
});

test("a mount point that is missing is made, and one that is a file or a loop of links refused", async () => {
  await using folder = await temporaryFolder();
  const made = await makeDisk(
    join(folder.path, "made.raw"),
    twoPartitions("LABEL=second /not/there ext4 defaults 0 2"),
  );
  expect((await open({ disk: made, commands: 'ls "$ROOT/not/there"' })).output).toContain("mark");
  for (const more of ["touch place", "ln -s place2 place; ln -s place place2"]) {
    const disk = join(folder.path, "refused.raw");
    await makeDisk(disk, twoPartitions("LABEL=second /place ext4 defaults 0 2", more));
    expect(await refusal({ disk })).toMatchObject({
      name: "UnusablePath",
      message: expect.stringContaining("/place"),
    });
  }
});

test.each([
  { what: "a pipe", how: "mkfifo etc/fstab" },
  { what: "a folder", how: "mkdir etc/fstab" },
  { what: "a device of the host's", how: "mknod etc/fstab b 254 0" },
  { what: "a gigabyte", how: "truncate --size 1G etc/fstab" },
  { what: "a link to a pipe", how: "mkfifo pipe; ln -s /pipe etc/fstab" },
])("an /etc/fstab that is $what is refused at once", async ({ how }) => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), plainDisk(system(undefined, how)));
  expect(await refusal({ disk })).toEqual({
    name: "UnsupportedDisk",
    message: expect.stringContaining("the image's /etc/fstab"),
  });
});

test("an /etc/fstab that is a link to the host's is the image's own there, or none", async () => {
  await using folder = await temporaryFolder();
  const host = join(folder.path, "fstab");
  await writeFile(host, "/dev/vdz9 /data ext4 defaults 0 0\n");
  const disk = await makeDisk(
    join(folder.path, "disk.raw"),
    plainDisk(system(undefined, `ln -s ${host} etc/fstab`)),
  );
  expect((await open({ disk })).said).toEqual([]);
});

test("device nodes of the image are inert in all of its file systems", async () => {
  await using folder = await temporaryFolder();
  const nodes = "mknod disk b 7 0; mknod null c 1 3; chmod 666 disk null";
  const disk = await makeDisk(
    join(folder.path, "disk.raw"),
    twoPartitions("LABEL=second /srv ext4 dev,suid 0 2", nodes, nodes),
  );
  const commands = `for one in disk null srv/disk srv/null; do head -c 1 "$ROOT/$one" 2>&1 || true; done`;
  const { output } = await open({ disk, commands });
  expect(output.match(/Permission denied/g)).toHaveLength(4);
});

test("labels with shell text, newlines and a terminal's escapes are only texts", async () => {
  await using folder = await temporaryFolder();
  const label = "$(id)\n\u001b[2J'";
  const disk = await makeDisk(
    join(folder.path, "disk.raw"),
    plainDisk(system("LABEL=$(id)\\012\\033[2J' / ext4 defaults 0 1"), [
      "mkfs.ext4",
      "-q",
      "-F",
      "-L",
      label,
    ]),
  );
  const { mounts, said } = await open({ disk });
  expect(mounts[0]?.label).toBe(label);
  expect(said).toEqual([]);
});

/** A disk with two systems. */
const two = (types: readonly string[], labels: readonly string[], fstab?: string) => ({
  size: 64,
  table: `label: gpt\n1 : start=1MiB, size=20MiB, type=${types[0]}\n2 : start=21MiB, size=20MiB, type=${types[1]}\n`,
  volumes: [
    {
      start: 1,
      size: 20,
      mkfs: [...ext4, "-L", labels[0] ?? ""],
      fill: system(undefined, "touch mark-1"),
    },
    {
      start: 21,
      size: 20,
      mkfs: [...ext4, "-L", labels[1] ?? ""],
      fill: system(fstab, "touch mark-2"),
    },
  ],
});

test("two systems are refused, unless a partition type, an fstab or a label decides", async () => {
  await using folder = await temporaryFolder();
  const disk = join(folder.path, "disk.raw");
  const commands = 'cd "$ROOT"; ls mark-*';
  const plain = [linuxType, linuxType];
  await makeDisk(disk, two(plain, ["a", "b"]));
  await using kept = await keep(disk);
  expect(await refusal({ disk })).toEqual({
    name: "UnsupportedDisk",
    message: expect.stringMatching(/2 systems, on partition 1 \(ext4\) and partition 2 \(ext4\)/),
  });
  await kept.compare();
  for (const [decided, because] of [
    [two([linuxType, rootType], ["root", "b"]), undefined],
    [two(plain, ["root", "b"], "LABEL=b / ext4 defaults 0 1"), "its own fstab"],
    [two(plain, ["a", "cloudimg-rootfs"]), "its label"],
  ] as const) {
    await makeDisk(disk, decided);
    const { output, said } = await open({ disk, commands });
    expect(output).toBe("mark-2\n");
    if (because !== undefined) expect(said).toEqual([expect.stringContaining(because)]);
  }
});

test("a disk without a system says what is on it", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 64,
    table: "label: dos\nstart=1MiB, size=20MiB, type=83\nstart=21MiB, size=20MiB, type=82\n",
    volumes: [
      { start: 1, size: 20, mkfs: ext4, fill: "mkdir etc; touch etc/os-release" },
      { start: 21, size: 20, mkfs: ["mkswap"] },
    ],
  });
  expect((await refusal({ disk })).message).toContain("(partition 1 (ext4), partition 2 (swap))");
});
