import { describe, expect, test } from "vitest";
import { onDisk } from "./mounted-disk.ts";

/** Files that are old enough to be read before the steps that change them. */
const files = String.raw`
  mkdir -p etc usr/bin boot "odd names"; echo one > etc/file; echo two > etc/other
  head -c 70000 /dev/urandom > usr/bin/large; head -c 70000 /dev/urandom > usr/bin/copied
  head -c 70000 /dev/urandom > usr/bin/over
  head -c 3000000 /dev/urandom > usr/bin/larger; echo x > $'odd names/\xff\nend'
  echo same > etc/hard; ln etc/hard etc/link; : > etc/empty; echo moved > etc/moved
  ssh-keygen -q -t ed25519 -N '' -f etc/key; sleep 1.2`;

/** Takes the inventory twice: with what was read before the script, and without. */
const both = (script: string): string => `${files}
  export FOLDER
  "$NODE" "$PROGRAMS/meanwhile.ts" "$FOLDER/root" "$FOLDER/ahead" ${quoted(script)}
  take plain`;

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** What changes content and nothing else that a look at the file would tell. */
const quietly = String.raw`
  keep() { touch -r "$1" "$FOLDER/time"; "$2" "$1"; touch -r "$FOLDER/time" "$1"; }
  written() { printf 'One\n' | dd of="$1" conv=notrunc status=none; }
  mapped() { python3 -c '
import mmap, os, sys
memory = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 0)
memory[69999:70000] = bytes([memory[69999] ^ 1])' "$1"; }
  keep etc/file written; keep usr/bin/large mapped
  mv etc/other t; mv etc/moved etc/other; mv t etc/moved; echo else > etc/link
  cp --reflink=auto usr/bin/copied usr/bin/over`;

describe("what is read while steps run", () => {
  test.each(["ext4", "xfs", "btrfs"] as const)(
    "is told on %s from what they write in place, map, rename, link and copy over",
    async (fileSystem) => {
      await using made = await onDisk({ size: 320, fileSystem, script: both(quietly) });
      const [ahead, plain] = [await made.inventory("ahead"), await made.inventory("plain")];
      // some file systems count what is in use only when it is written
      expect({ ...ahead, size: plain.size }).toEqual(plain);
      expect(await made.text("ahead/said.txt")).toContain("files had been read before");
    },
  );

  test("is told from folders that move, go, come, and become links out of the image", async () => {
    const script = `mv etc sbin; ln -s "$FOLDER" etc; rm -r usr/bin; mkdir usr/bin
      echo n > usr/bin/new; rm sbin/file; mkfifo sbin/file`;
    await using made = await onDisk({ script: both(script) });
    const { files: ahead } = await made.inventory("ahead");
    expect(ahead).toEqual((await made.inventory("plain")).files);
  });

  test("is not read again, but for what was changed a moment before", async () => {
    await using made = await onDisk({ script: both("echo three > etc/file; rm etc/moved") });
    const { files: all } = await made.inventory("plain");
    // what was seen in a file is kept with its digest
    const { secrets } = await made.inventory("ahead");
    expect(secrets).toEqual([expect.objectContaining({ path: "/etc/key", kind: "private-key" })]);
    const full = all.filter((entry) => entry.type === "file" && entry.size > 0);
    // one was written by the script, and one just before all was read
    const said = await made.text("ahead/said.txt");
    expect(said).toContain(`${full.length - 2} files had been read before`);
    expect(await made.text("ahead/known.txt")).not.toContain("/late");
  });

  test("is the image's own: no other mount, no link, no device, no fifo", async () => {
    const script = `${files}
      mkdir tmp mnt "$FOLDER/outside"; echo secret > "$FOLDER/outside/secret"
      ln -s "$FOLDER/outside" out; ln -s "$FOLDER/outside/secret" etc/secret
      mkfifo etc/fifo; mknod etc/null c 1 3; sleep 1.2
      mount -t tmpfs tmpfs tmp; echo x > tmp/x; mount --bind "$FOLDER/outside" mnt
      "$NODE" "$PROGRAMS/meanwhile.ts" "$FOLDER/root" "$FOLDER/ahead" :`;
    await using made = await onDisk({ script });
    const known = (await made.text("ahead/known.txt")).split("\n");
    expect(known.filter((path) => !/^\/(?:etc|usr|odd names)\/|^end$/.test(path))).toEqual([]);
    expect(known).toContain("/etc/file");
    expect(known).not.toContain("/etc/secret");
  });
});
