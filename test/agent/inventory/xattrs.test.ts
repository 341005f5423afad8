import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { FileEntry, Inventory } from "../../../core/inventory.ts";
import { onDisk } from "./mounted-disk.ts";

const entryAt = ({ files }: Inventory, path: string): FileEntry | undefined =>
  files.find((entry) => entry.path === path);

/** Attributes of every kind, on things of every kind, some with names and values that are no text. */
const everything = String.raw`
  mkdir -p bin etc $'odd\nnames \xff'; echo ping > bin/ping; setcap cap_net_raw+ep bin/ping
  echo two > bin/two; setcap 'cap_chown=ei cap_kill+eip' bin/two; ln bin/two bin/aa-same-file
  echo none > etc/none; ln -s none etc/link; mkfifo etc/fifo
  setfattr -n security.selinux -v 'system_u:object_r:bin_t:s0' bin etc
  setfattr -h -n trusted.of-link -v yes etc/link
  echo x > $'odd\nnames \xff/a\\b=c'; setfattr -n user.empty $'odd\nnames \xff/a\\b=c'
  setfattr -n $'user.q\n=\xfe' -v 0x00ff $'odd\nnames \xff/a\\b=c'
  setfattr -n user.big -v "0x$(printf '%01400d' 0)" etc/none
  setfattr -n user.like -v 0x3078 etc/none
  chown 7:8 etc/none; chmod 4711 etc/none; mknod etc/null c 1 3; mknod etc/block b 259 100001
  echo "$(seq 20000)" > etc/large; ln etc/large "etc/large too"
  mkdir $'high \xf0\x9f\x90\xa6' $'private \xee\x80\x80'; echo 1 > $'\xf0\x9f\x90\xa6'; echo 2 > $'\xee\x80\x80'`;

const nul = "\0";

describe.each(["ext4", "xfs", "btrfs"] as const)("on %s", (fileSystem) => {
  test("extended attributes are what was set, and the digest is what others compute", async () => {
    const script = `${everything}
      take it
      python3 "$PROGRAMS/tree-digest.py" . > "$FOLDER/digest"`;
    await using made = await onDisk({ size: 320, fileSystem, script });
    const inventory = await made.inventory("it");
    expect(entryAt(inventory, "/bin/ping")).toMatchObject({ capabilities: "cap_net_raw+ep" });
    const two = { capabilities: "cap_chown+ei cap_kill+eip" };
    expect(entryAt(inventory, "/bin/two")).toMatchObject({
      hardLinkOf: "/bin/aa-same-file",
      ...two,
    });
    expect(entryAt(inventory, "/bin/aa-same-file")).toMatchObject(two);
    expect(entryAt(inventory, "/bin")?.xattrs).toEqual({
      "security.selinux": "system_u:object_r:bin_t:s0",
    });
    expect(entryAt(inventory, "/etc/link")?.xattrs).toEqual({ "trusted.of-link": "yes" });
    const odd = `/odd\nnames ${nul}ff/a\\b=c`;
    expect(entryAt(inventory, odd)?.xattrs).toEqual({
      ...{ "user.empty": "", [`user.q\n=${nul}fe`]: "0x00ff" },
    });
    const big = createHash("sha256").update(Buffer.alloc(700)).digest("hex");
    expect(entryAt(inventory, "/etc/none")?.xattrs).toEqual({
      ...{ "user.big": `sha256:${big}`, "user.like": "0x3078" },
    });
    expect(entryAt(inventory, "/etc/fifo")).not.toHaveProperty("xattrs");
    expect(inventory.digest).toBe((await made.text("digest")).trim());
  });
});

describe("a hostile image", () => {
  test("may have attributes deeper than any path reaches", async () => {
    const name = "n".repeat(200);
    const script = `nest ${name} 100
      at=$PWD; while cd -P ${name} 2> /dev/null; do :; done
      setfattr -n user.deep -v yes file; setfattr -n user.deep -v too large; cd "$FOLDER/root"; take it`;
    await using made = await onDisk({ script });
    const bottom = `/${`${name}/`.repeat(100)}`;
    const inventory = await made.inventory("it");
    expect(entryAt(inventory, `${bottom}file`)).toMatchObject({ xattrs: { "user.deep": "yes" } });
    expect(entryAt(inventory, `${bottom}large`)).toMatchObject({ xattrs: { "user.deep": "too" } });
  });

  test("with a million attributes is refused", async () => {
    // setting them takes minutes; getfattr would print this of them
    const script = String.raw`
      mkdir "$FOLDER/bin"; cat > "$FOLDER/bin/getfattr" <<'END'
#!/bin/sh
while [ "$1" != -- ]; do shift; done
echo "# file: $2"
seq -f 'user.%.0f=0x' 1000001
echo
END
      chmod +x "$FOLDER/bin/getfattr"; PATH="$FOLDER/bin:$PATH"; take it`;
    await using made = await onDisk({ script });
    const { name, message } = await made.error("it");
    expect(name).toBe("InventoryFailed");
    expect(message).toContain("more than 1000000 extended attributes");
  });

  test("whose attributes cannot be read is refused, and the message drives no terminal", async () => {
    const before = String.raw`
      block=$(unshare --mount bash -euc '
        mount -o loop disk.raw root; cd root
        : > $'"'a\x1b[31mb'"'; setfattr -n user.a -v "$(printf "%0600d" 0)" $'"'a\x1b[31mb'"'
        stat -c %i $'"'a\x1b[31mb'"'')
      block=$(debugfs -R "stat <$block>" disk.raw 2> /dev/null | sed -n 's/^File ACL: \([0-9]*\).*/\1/p')
      size=$(dumpe2fs -h disk.raw 2> /dev/null | sed -n 's/^Block size: *//p')
      dd if=/dev/urandom of=disk.raw bs=$size count=1 seek=$block conv=notrunc 2> /dev/null`;
    await using made = await onDisk({ before, script: "take it" });
    const { name, message } = await made.error("it");
    expect(name).toBe("InventoryFailed");
    expect(message).toContain(String.raw`a\x1b[31mb`);
  });
});
