import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unpackInventory } from "../../core/inventory/document.ts";
import type { HostAccess } from "../../core/host.ts";
import type { FileSystem } from "../../core/origin.ts";
import { rememberedFile } from "../../local/paths.ts";
import { type AgentRun, runAgent, shell } from "../support/agent-run.ts";
import { noSystemCalls, systemCalls } from "../support/system-calls.ts";
import { tamperedDisk } from "../support/tampered-disk.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const asBaked = { changes: [], more: 0 };
const fileSystems: FileSystem[] = ["ext4", "xfs", "btrfs"];

/** Files that are old when a child begins. */
const made = `echo 1 > /made; mkdir -p /data/a /data/b; cd /data; echo one > a/x; echo two > b/x
  for name in same mapped moved linked; do head -c 70000 /dev/urandom > $name; done; echo x > still`;

/** What changes content and nothing else that a look at the file would tell. */
const quietly = `cd /data; touch -r same /time
  printf One | dd of=same conv=notrunc; touch -r /time same
  mv a t; mv b a; mv t b; mv mapped t; mv moved mapped; mv t moved; ln linked again
  echo three >> again; rm /time`;

/** A program that gives a file an attribute: no image of the tests has setfattr(1). */
const notes = (path: string, value = "new"): Buffer =>
  systemCalls([
    { number: 188, arguments: [path, "user.note", Buffer.from(value), value.length, 0] },
  ]);

const running = (program: Buffer): string =>
  `echo ${program.toString("base64")} | base64 -d > /tmp/program; chmod +x /tmp/program; /tmp/program`;

const command = (text: string) => [{ name: "command", command: text, timeout: 60 }];

describe.each(fileSystems)("a bake that begins with a baked disk of %s", (fileSystem) => {
  let folder: TemporaryFolder;
  let disk: string;
  let parent: NonNullable<AgentRun["parent"]>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const noted = noSystemCalls === "" ? running(notes("/data/noted", "old")) : "true";
    const steps = [shell(`${made}; echo x > noted; ${noted}`)];
    const ran = await runAgent({ folder: folder.path, size: 640, fileSystem, steps });
    if (ran.error !== undefined) throw ran.error;
    ({ disk } = ran);
    parent = { inventory: join(folder.path, "inventory.json.gz"), size: (await stat(disk)).size };
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const child = async (own: TemporaryFolder, more: Partial<AgentRun> = {}) => {
    // long enough for the disk to be worth a copy
    const steps = [shell("sleep 2; echo 2 > /made; rm -f /etc/evil", { cache: true })];
    const ran = await runAgent({ ...{ folder: own.path, from: disk, parent, steps }, ...more });
    if (ran.error !== undefined) throw ran.error;
    const packed = await readFile(join(own.path, "inventory.json.gz"));
    const { parent: found, files } = unpackInventory(packed);
    return { found, files, paths: files.map(({ path }) => path), output: ran.output };
  };

  test("names what was changed of it since, also what a step does away with", async () => {
    await using own = await temporaryFolder();
    const from = await tamperedDisk(disk, join(own.path, "changed.raw"), {
      commands: "echo x > made; chmod 4755 bin/busybox; echo evil > etc/evil; rm bin/uname",
      bits: [10],
    });
    const kept = join(own.path, "kept");
    const { found, paths, output } = await child(own, {
      ...{ from, stepCache: { kept: [], folder: kept, most: 1 } },
    });
    expect(found?.changes.map(({ of }) => of)).toEqual([
      ...["boot-sector", "/bin/busybox", "/bin/uname", "/etc/evil", "/made"],
    ]);
    expect(paths).not.toContain("/etc/evil");
    const said = output("Compare the disk with its parent");
    expect(said).toContain("/etc/evil is not as it was baked: added");
    // a later bake would resume from it, and know nothing of this
    expect(await readdir(kept).catch(() => [])).toEqual([]);
  });

  test("reads only what its steps changed, where nobody wrote to the disk since", async () => {
    await using own = await temporaryFolder();
    const remembered = join(own.path, "forged");
    // so that it shows what was read
    const forged = gunzipSync(await readFile(join(folder.path, rememberedFile)))
      .toString("utf8")
      .replaceAll(/"[0-9a-f]{64}"/g, `"${"f".repeat(64)}"`);
    await writeFile(remembered, gzipSync(forged));
    const steps = [shell(quietly)];
    const { found, files } = await child(own, { steps, parent: { ...parent, remembered } });
    expect(found).toEqual({ ...asBaked, unwritten: true });
    const digests = (all: typeof files) =>
      all.flatMap((file) =>
        file.type === "file" && file.path.startsWith("/data/") ? [[file.path, file.sha256]] : [],
      );
    await using again = await temporaryFolder();
    const plain = await child(again, { from: join(own.path, "disk.raw"), steps: [], stock: true });
    const expected = digests(plain.files).map(([path, digest]) =>
      path === "/data/still" || path === "/data/noted" ? [path, "f".repeat(64)] : [path, digest],
    );
    expect(expected.length).toBe(9);
    expect(digests(files)).toEqual(expected);
  });

  test.skipIf(noSystemCalls !== "")(
    `is told of an extended attribute that a step sets, though nothing else changed${noSystemCalls}`,
    async () => {
      await using own = await temporaryFolder();
      const remembered = join(folder.path, rememberedFile);
      const steps = [shell(running(notes("/data/still")))];
      const { files } = await child(own, { steps, parent: { ...parent, remembered } });
      const noted = files.filter(({ xattrs }) => xattrs?.["user.note"] !== undefined);
      expect(noted.map(({ path, xattrs }) => [path, xattrs?.["user.note"]])).toEqual([
        ...[
          ["/data/noted", "old"],
          ["/data/still", "new"],
        ],
      ]);
    },
  );

  if (fileSystem !== "ext4") return;

  test("finds nothing of its own steps, nor that it grew", async () => {
    await using own = await temporaryFolder();
    const kept = join(own.path, "kept");
    const { found, paths } = await child(own, {
      ...{ size: 900, stepCache: { kept: [], folder: kept, most: 1 } },
    });
    expect(found).toEqual(asBaked);
    expect(paths).toContain("/made");
    expect(await readdir(kept)).toContain("1.raw");
  });

  test("finds nothing of its host's commands", async () => {
    await using own = await temporaryFolder();
    const host: HostAccess = {
      ...{ copyFiles: [], mounts: [] },
      beforeMount: command('printf x | dd of="$OVENBIRD_DISK" bs=1 seek=10 conv=notrunc'),
      afterMount: command('echo y > "$OVENBIRD_ROOT/made-by-host"'),
    };
    const { found, paths } = await child(own, { recipe: { host } });
    expect(found).toEqual(asBaked);
    expect(paths).toContain("/made-by-host");
  });
});
