import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DiskRegion } from "../../core/inventory/found/disk-region.ts";
import type { Inventory } from "../../core/inventory.ts";
import { unpackInventory } from "../../core/inventory/document.ts";
import type { Verification } from "../../core/inventory/verify.ts";
import type { ImageId } from "../../core/ids.ts";
import { attest } from "../../core/statement/attest.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { registerImage } from "../../functions/register-image.ts";
import { exportDisk } from "../../local/disk-format/export-disk.ts";
import type { Proofs } from "../../cli/hold-proofs.ts";
import { invoke } from "../support/invoke.ts";
import { imageSpec, someBake } from "../support/local-state.ts";
import { memoryWorld } from "../support/memory-ports.ts";
import { runAgent, shell } from "../support/agent-run.ts";
import { tamperedDisk } from "../support/tampered-disk.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { ovenbird } from "../cli/run-cli.ts";

const run = promisify(execFile);

let folder: TemporaryFolder;
let disk: string;
let against: string;
let inventory: Inventory;

const files = String.raw`
  mkdir -p /opt/tool; echo 'a tool of some kind' > /opt/tool/run; echo key > /opt/tool/key
  chmod 755 /opt/tool/run; cp /bin/busybox /opt/interpreter
  echo x > "/opt/$(printf 'odd\n\377name')"; echo gone > /opt/gone`;

beforeAll(async () => {
  folder = await temporaryFolder();
  const ran = await runAgent({ folder: folder.path, steps: [shell(files)] });
  if (ran.error !== undefined) throw ran.error;
  disk = ran.disk;
  against = join(folder.path, "inventory.json.gz");
  inventory = unpackInventory(await readFile(against));
});
afterAll(() => folder[Symbol.asyncDispose]());

const region = (name: string): DiskRegion => {
  const found = inventory.regions?.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name} among the regions`);
  return found;
};

const sumOf = async (path: string): Promise<string> =>
  (await run("sha256sum", [path])).stdout.slice(0, 64);

/** A copy of the disk, changed by bash in its root, and by flipped bits. */
const tampered = (name: string, commands: string, bits: readonly number[] = []) =>
  tamperedDisk(disk, join(folder.path, name), { ...(commands !== "" && { commands }), bits });

const verify = async (path: string, inventoryPath = against) => {
  const state = join(folder.path, "state");
  const args = ["verify", path, "--against", inventoryPath, "--json", "--state", state];
  const ran = await ovenbird(args);
  expect(await readdir(join(state, "bundles"))).toEqual([]);
  const found = (ran.stdout === "" ? {} : JSON.parse(ran.stdout)) as Verification;
  return { ...ran, found };
};

describe("a disk that nobody touched", () => {
  test("is as its inventory says, and stays so, to the byte", async () => {
    const before = await sumOf(disk);
    const { status, stderr, found } = await verify(disk);
    expect({ status, found }, stderr).toMatchObject({ status: 0, found: { same: true } });
    expect(found.digest.found).toBe(inventory.digest);
    expect(await sumOf(disk)).toBe(before);
  });

  test("is it in another format, too", async () => {
    const path = join(folder.path, "disk.qcow2");
    await run("qemu-img", ["convert", "-O", "qcow2", disk, path]);
    expect(await verify(path)).toMatchObject({ status: 0, found: { same: true, regions: [] } });
  });

  test("has what is outside of file systems in its inventory, as dd finds it", async () => {
    const names = inventory.regions?.map(({ name }) => name);
    expect(names).toEqual([
      ...["boot-sector", "gpt", "gap", "bios-boot", "esp", "partition-1", "gap", "gpt-backup"],
    ]);
    const bytes = await readFile(disk);
    for (const { offset, size, digested, sha256 } of inventory.regions ?? []) {
      const region = bytes.subarray(offset, offset + size);
      const sum = createHash("sha256").update(region.subarray(0, digested));
      expect(sum.digest("hex")).toBe(sha256);
      expect(region.subarray(digested).every((byte) => byte === 0)).toBe(true);
    }
    const paths = inventory.files.map(({ path }) => path);
    expect(paths).toContain("/boot/efi/EFI/BOOT/BOOTX64.EFI");
  });
});

describe("a disk that was tampered with", () => {
  test("has each file named that is not as it was, and in what", async () => {
    const path = await tampered(
      "files.raw",
      String.raw`
        printf A | dd of=opt/tool/run bs=1 seek=3 conv=notrunc 2> /dev/null
        touch -r opt/tool/key opt/tool/run; chmod 4755 opt/tool/run; chown 7 opt/tool/key
        setcap cap_setuid+ep opt/interpreter; echo new > opt/tool/new; rm opt/gone
        echo y > "opt/$(printf 'odd\n\377name')"; touch -d 2001-01-01 etc/os-release`,
    );
    const { status, stderr, found } = await verify(path);
    expect(status).toBe(4);
    expect(stderr).toContain("is not as its inventory says");
    const changed = found.files.changed.map((one) => [
      ...[one.path, one.what.filter((aspect) => aspect !== "time")],
    ]);
    expect(Object.fromEntries(changed)).toEqual({
      "/opt/interpreter": ["xattrs"],
      "/opt/odd\n\0ffname": ["content"],
      "/opt/tool/key": ["owner"],
      "/opt/tool/run": ["content", "mode"],
    });
    expect(found.files.added.map((one) => one.path)).toEqual(["/opt/tool/new"]);
    expect(found.files.removed.map((one) => one.path)).toEqual(["/opt/gone"]);
    const { stdout } = await ovenbird(["verify", path, "--against", against]);
    expect(stdout).toMatch(/\/opt\/interpreter +xattrs \(no capabilities → cap_setuid\+ep\)/);
    expect(stdout).toMatch(/\/opt\/tool\/run +content, mode \(0755 → 4755\)/);
    expect(stdout).toContain(String.raw`/opt/odd\x0a\xffname`);
  });

  test("has each region named in which a bit was flipped, and the file on the ESP", async () => {
    const bytes = await readFile(disk);
    const inFile = bytes.indexOf("search.fs_uuid", region("esp").offset) + 3;
    const path = await tampered("bits.raw", "", [
      ...[10, region("gap").offset + 5, region("bios-boot").offset + 700, inFile],
      ...[region("partition-1").offset + 100, bytes.length - 3 * 512],
    ]);
    const { status, found } = await verify(path);
    expect(status).toBe(4);
    expect(found.regions.map(({ name, how }) => [name, how])).toEqual(
      ["boot-sector", "gap", "bios-boot", "esp", "partition-1", "gpt-backup"].map((name) => [
        ...[name, "changed"],
      ]),
    );
    expect(found.files.changed.map((one) => [one.path, one.what])).toEqual([
      ["/boot/efi/EFI/BOOT/BOOTX64.EFI", ["content"]],
    ]);
  });

  test("and can no longer be read, fails the same way", async () => {
    const superblock = region("partition-1").offset + 1024 + 56; // its magic number
    const { status, stderr } = await verify(await tampered("broken.raw", "", [superblock]));
    expect(status, stderr).toBe(4);
    expect(stderr).toContain("cannot be read as it was");
  });
});

test("an inventory that was changed to fit is found out by its own digest", async () => {
  const text = gunzipSync(await readFile(against)).toString("utf8");
  const path = join(folder.path, "changed.json.gz");
  await writeFile(path, gzipSync(text.replace('"mode":"0755"', '"mode":"0777"')));
  const { status, found } = await verify(disk, path);
  expect(status).toBe(4);
  expect(found.digest.listed).not.toBe(found.digest.written);
});

test("a file without an inventory is refused, with what would be right", async () => {
  const { status, stderr } = await ovenbird(["verify", disk]);
  expect(status).toBe(2);
  expect(stderr).toContain("--against");
  const missing = await ovenbird(["verify", disk, "--against", join(folder.path, "none")]);
  expect(missing.status).toBe(5);
});

/** What a bake elsewhere would have signed of the disk, and by which key. */
const signed = async (name: string) => {
  const world = memoryWorld();
  const packed = await readFile(against);
  const platform = { ...world.platform, inventory: async () => packed };
  const { artifacts, images, signer } = world;
  const bake = someBake();
  await invoke(readRecipe(artifacts), { bake, recipe: "web.yaml", parameters: {} });
  const spec = imageSpec(bake, "snap-00000001" as never);
  const registered = await invoke(registerImage(images, artifacts), spec);
  const { imageId } = registered as { imageId: ImageId };
  const text = await attest({ artifacts, signer, platform })(bake, imageId);
  const [key] = await signer.trusted();
  const at = (file: string) => join(folder.path, `${name}-${file}`);
  await writeFile(at("image.intoto.jsonl"), text);
  await writeFile(at("key.pem"), key?.pem ?? "");
  return ["--statements", at("image.intoto.jsonl"), "--key", at("key.pem"), "--json"];
};

const verifyWith = async (path: string, args: string[]) => {
  const ran = await ovenbird(["verify", path, "--against", against, ...args]);
  const { proofs, checksum } = JSON.parse(ran.stdout) as { proofs: Proofs; checksum: unknown };
  const said = proofs.sentences.filter(({ proven }) => proven).map(({ text }) => text);
  return { ...ran, proofs, checksum, said };
};

describe("a file with statements", () => {
  test("is proven by them, and by the checksum beside it, to the file tree", async () => {
    const path = join(folder.path, "proven.qcow2");
    const order = { disk, to: path, format: "qcow2" as const };
    await exportDisk({ ...order, signal: AbortSignal.timeout(60_000) });
    const { status, said, checksum, proofs } = await verifyWith(path, await signed("own"));
    expect(status).toBe(0);
    expect(proofs.outcome).toBe("proven");
    const found = `sha256:${await sumOf(path)}`;
    expect(checksum).toEqual({ written: found, found });
    expect(said).toContain(
      `the file tree on the disk is the one that was signed: ${inventory.digest}`,
    );
  });

  test("that somebody else signed, or of another file, is not", async () => {
    const [, statements = ""] = await signed("one");
    const [, , , key = ""] = await signed("other");
    const args = ["--statements", statements, "--key", key, "--json"];
    const { status, proofs, stderr } = await verifyWith(disk, args);
    expect({ status, outcome: proofs.outcome }).toEqual({ status: 4, outcome: "broken" });
    expect(stderr).toContain("is not what was signed of it");
    const path = join(folder.path, "other.raw");
    await run("cp", ["--sparse=always", disk, path]);
    await writeFile(`${path}.sha256`, `${"0".repeat(64)}  other.raw\n`);
    const changed = await verify(path);
    expect(changed).toMatchObject({ status: 4, found: { same: true } });
    expect(changed.stderr).toContain("is not the file that");
  });
});
