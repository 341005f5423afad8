import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileEntry, Inventory } from "../../../core/inventory.ts";
import { inventoryFile } from "../../../core/inventory/document.ts";
import { bytesOf } from "../../../core/inventory/names.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { onDisk } from "./mounted-disk.ts";
import { takenOf } from "./taken.ts";

const entryAt = ({ files }: Inventory, path: string): FileEntry | undefined =>
  files.find((entry) => entry.path === path);

const sha256 = (content: string | Buffer): string =>
  createHash("sha256").update(content).digest("hex");

/** Some of everything that a file system can hold. */
const everything = String.raw`
  mkdir -p etc usr/bin "odd names" empty
  echo kept > etc/file; : > etc/empty; chmod 640 etc/file; chown 7:8 etc/file
  head -c 65536 /dev/zero > usr/bin/at-the-limit; head -c 65537 /dev/zero > usr/bin/above-it
  head -c 9000001 /dev/urandom > usr/bin/large; chmod 4755 usr/bin/large; chmod 1777 empty
  ln usr/bin/large usr/bin/another-name; ln etc/file etc/a-small-one
  ln -s /etc/shadow etc/absolute; ln -s ../../../../etc outward; ln -s etc/absolute etc/loop
  mkfifo etc/fifo; mknod etc/host b 259 100001; mknod etc/null c 1 3
  "$NODE" -e 'require("net").createServer().listen("etc/socket", () => process.reallyExit(0))'
  echo x > $'odd names/line\nend'; echo x > $'odd names/\x1b[31mred'
  echo x > $'odd names/\xff\xc3\xa9\xc3'; echo x > $'odd names/\xc3\xa9'
  ln -s $'\xfe' "odd names/link"; mkdir $'odd names/\x80'; echo y > $'odd names/\x80/z'
  head -c 70000 /dev/urandom > $'odd names/\x80/large'
  touch -d '1969-12-31 23:59:58 UTC' etc/old; touch -d '2001-09-09 01:46:40 UTC' etc/file
`;

/** As find(1) tells it, which is none of ours: path, type, mode, owners, time, size or target. */
const findAll = String.raw`
  find . -mindepth 1 \( -type f -printf '/%P|%y|%m|%U|%G|%Ts|%s\0' \) -o \
    \( -type l -printf '/%P|%y|%m|%U|%G|%Ts|%l\0' \) -o -printf '/%P|%y|%m|%U|%G|%Ts|\0'`;

const letters: Record<FileEntry["type"], string> = {
  ...{ file: "f", folder: "d", link: "l", fifo: "p", socket: "s" },
  ...{ "block-device": "b", "character-device": "c" },
};

const asFind = (entry: FileEntry): string => {
  const { path, type, mode, uid, gid, mtime } = entry;
  const what = { size: "", target: "", ...entry };
  const last = type === "file" ? what.size : what.target;
  const octal = Number.parseInt(mode, 8).toString(8);
  return [path, letters[type], octal, uid, gid, mtime, last].map(latin1).join("|");
};

const latin1 = (field: string | number): string => bytesOf(String(field)).toString("latin1");

const lines = (text: string): string[] => text.split("\0").slice(0, -1).toSorted();

describe("an inventory", () => {
  test.each(["ext4", "xfs", "btrfs"] as const)(
    "has everything of an image with %s, as find and sha256sum see it",
    async (fileSystem) => {
      const script = `${everything}
        take it
        ${findAll} > "$FOLDER/found"
        find . -type f -print0 | xargs -0 sha256sum -z > "$FOLDER/sums"`;
      await using made = await onDisk({ size: 320, fileSystem, script });
      const { files } = await made.inventory("it");
      const found = lines(await made.text("found"));
      expect(found.length).toBeGreaterThan(25);
      expect(files.slice(1).map(asFind).toSorted()).toEqual(found);
      const ours = files.flatMap((entry) =>
        entry.type === "file" ? [`${entry.sha256}  .${latin1(entry.path)}`] : [],
      );
      expect(ours.toSorted()).toEqual(lines(await made.text("sums")));
      expect(files[0]).toMatchObject({ path: "/", type: "folder", mode: "0755" });
    },
  );

  test("tells devices by their numbers, and several names of a file from copies of it", async () => {
    const script = `${everything}
      cp -a usr/bin/large usr/bin/copy; sync
      find . -type f -printf '%i %s\\n' | sort -u | awk '{s+=$2} END {print s}' > "$FOLDER/bytes"
      stat -f -c '%b %f %S' . | awk '{print ($1 - $2) * $3}' > "$FOLDER/used"
      take it`;
    await using made = await onDisk({ script });
    const inventory = await made.inventory("it");
    expect(entryAt(inventory, "/etc/host")).toMatchObject({ major: 259, minor: 100001 });
    expect(entryAt(inventory, "/etc/null")).toMatchObject({ type: "character-device", minor: 3 });
    const links = inventory.files.filter(({ hardLinkOf }) => hardLinkOf !== undefined);
    expect(links.map(({ path, hardLinkOf }) => [path, hardLinkOf])).toEqual([
      ["/etc/file", "/etc/a-small-one"],
      ["/usr/bin/large", "/usr/bin/another-name"],
    ]);
    expect(inventory.size).toEqual({
      files: inventory.files.length,
      bytes: Number(await made.text("bytes")),
      used: Number(await made.text("used")),
    });
    expect(inventory).toMatchObject({ packages: [], databases: [], unread: [] });
  });

  test("is the same file, to the byte, whenever it is taken, and leaves no trace of it", async () => {
    const times = String.raw`find . -type f -printf '%p %A@\n' | sort`;
    const script = `${everything}
      ${times} > "$FOLDER/before"; take one; take other; ${times} > "$FOLDER/after"
      zcat < "$FOLDER/one/${inventoryFile}" > "$FOLDER/document"`;
    await using made = await onDisk({ script });
    expect(await made.text(`other/${inventoryFile}`)).toBe(await made.text(`one/${inventoryFile}`));
    expect(await made.text("after")).toBe(await made.text("before"));
    const document: unknown = JSON.parse(await made.text("document"));
    expect(document).toMatchObject({ format: 1, size: (await made.inventory("one")).size });
  });
});

describe("what is mounted in an image", () => {
  test("is a part of it when it is on a disk, and not when it is in memory or the host's", async () => {
    const script = String.raw`
      mkdir boot proc run 'odd place' mnt; echo image > etc; echo disk > boot/hidden
      mkdir "$FOLDER/outside"; echo "of the host" > "$FOLDER/outside/secret"
      take alone
      truncate -s 16M "$FOLDER/boot.raw"; mkfs.ext4 -q -F "$FOLDER/boot.raw"
      mount -o loop "$FOLDER/boot.raw" boot; echo kernel > boot/vmlinuz; sync
      mount -t proc proc proc; mount -t tmpfs tmpfs run; mount -t tmpfs tmpfs 'odd place'
      echo x > run/pid
      mount --bind "$FOLDER/outside" mnt; mount --bind "$FOLDER/outside/secret" etc
      take it`;
    await using made = await onDisk({ script });
    const inventory = await made.inventory("it");
    const paths = inventory.files.map(({ path }) => path);
    expect(paths).toEqual(["/", "/boot", "/boot/lost+found", "/boot/vmlinuz", "/lost+found"]);
    const alone = await made.inventory("alone");
    expect(inventory.size.used).toBeGreaterThan(alone.size.used);
    expect(alone.files.map(({ path }) => path)).toContain("/boot/hidden");
  });
});

describe("a hostile image", () => {
  test("leads nowhere out of itself: its links are not followed, its fifos not opened", async () => {
    const script = String.raw`
      mkdir -p "$FOLDER/outside/dpkg"
      printf 'Package: host\nStatus: install ok installed\nVersion: 1\n' > "$FOLDER/outside/dpkg/status"
      ln -s "$FOLDER/outside" folder; ln -s ../outside up; mkdir -p var/lib/rpm usr/lib
      ln -s "$FOLDER/outside/dpkg" var/lib/dpkg; mkfifo var/lib/rpm/rpmdb.sqlite fifo
      ln -s lib usr/lib/lib; ln -s /lib lib
      stat -c %X "$FOLDER/outside/dpkg/status" > "$FOLDER/before"
      take it
      stat -c %X "$FOLDER/outside/dpkg/status" > "$FOLDER/after"`;
    await using made = await onDisk({ script });
    const inventory = await made.inventory("it");
    expect(inventory.files.filter(({ path }) => /^\/(?:folder|up)\//.test(path))).toEqual([]);
    expect(inventory.packages).toEqual([]);
    const problem = "it is behind too many links";
    expect(inventory.databases).toEqual([
      { kind: "apk", path: "/lib/apk/db/installed", packages: 0, problem },
      { kind: "apk", path: "/lib/apk/db/installed.adb", packages: 0, problem },
      ...[{ kind: "rpm", path: "/var/lib/rpm/rpmdb.sqlite", packages: 0 }].map((found) =>
        expect.objectContaining({ ...found, problem: "it is not a file" }),
      ),
    ]);
    expect(await made.text("it/said.txt")).toContain(`/lib/apk/db/installed could not be read`);
    expect(await made.text("after")).toBe(await made.text("before"));
  });

  test("with a file of terabytes takes no longer: it is listed as not read", async () => {
    const script = `truncate -s 3T huge; truncate -s 100M holes; take it
      sha256sum < holes > "$FOLDER/sum"`;
    await using made = await onDisk({ script });
    const inventory = await made.inventory("it");
    expect(inventory.unread.map(({ path }) => path)).toEqual(["/huge"]);
    expect(await made.text("it/said.txt")).toContain("/huge was not read: ");
    const huge = entryAt(inventory, "/huge");
    expect(huge).toMatchObject({ type: "file", size: 3 * 1024 ** 4 });
    expect(huge).not.toHaveProperty("sha256");
    const [sum] = (await made.text("sum")).split(" ");
    expect(entryAt(inventory, "/holes")).toMatchObject({ sha256: sum });
  });

  test("may nest its folders deeper than any path reaches", async () => {
    const name = "n".repeat(200);
    await using made = await onDisk({ script: `nest ${name} 100; take it` });
    const inventory = await made.inventory("it");
    const bottom = `/${`${name}/`.repeat(100)}`;
    const large = sha256(Buffer.alloc(100_000));
    expect(entryAt(inventory, `${bottom}file`)).toMatchObject({ sha256: sha256("deep") });
    expect(entryAt(inventory, `${bottom}large`)).toMatchObject({ sha256: large });
  });

  test("that nests them until the paths fill the memory is refused", async () => {
    await using made = await onDisk({ script: `nest ${"n".repeat(250)} 1050; take it` });
    const { name, message } = await made.error("it");
    expect(name).toBe("InventoryFailed");
    expect(message).toContain("characters in all");
  });

  test("may have thousands of files in one folder", async () => {
    const script = `mkdir wide; cd wide; seq -f file-%g 30000 | xargs touch; echo last > file-27777
      take it`;
    await using made = await onDisk({ script });
    const inventory = await made.inventory("it");
    expect(inventory.size.files).toBe(30_003);
    expect(entryAt(inventory, "/wide/file-27777")).toMatchObject({ size: 5 });
  });

  test("with a folder that cannot be read is refused, and the message drives no terminal", async () => {
    // its block is garbage, so its checksum is wrong
    const before = String.raw`
      inode=$(unshare --mount bash -euc '
        mount -o loop disk.raw root; cd root
        mkdir $'"'a\x1b[31mb'"'; touch $'"'a\x1b[31mb/file'"'; stat -c %i $'"'a\x1b[31mb'"'')
      block=$(debugfs -R "blocks <$inode>" disk.raw 2> /dev/null)
      size=$(dumpe2fs -h disk.raw 2> /dev/null | sed -n 's/^Block size: *//p')
      dd if=/dev/urandom of=disk.raw bs=$size count=1 seek=$block conv=notrunc 2> /dev/null`;
    await using made = await onDisk({ before, script: "take it" });
    const { name, message } = await made.error("it");
    expect(name).toBe("InventoryFailed");
    expect(message).toContain(
      String.raw`/a\x1b[31mb cannot be read: EBADMSG; check its file system`,
    );
  });
});

test("an inventory is not taken of a folder that is not there", async () => {
  await using folder = await temporaryFolder();
  const taken = takenOf(join(folder.path, "nothing"));
  await expect(taken).rejects.toMatchObject({ code: "ENOENT" });
});
