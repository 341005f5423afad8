import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ovenbird } from "../support/ovenbird.ts";
import { stockOrigin } from "../support/stock-origin.ts";
import { type Kitchen, openKitchen, unsafe } from "../support/whole-bakes.ts";

/* Stock disks that lie about what is on them, or have more of it than anybody can read. */

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen[Symbol.asyncDispose]());

const step = [{ shell: "true" }];
const hostileText = String.raw`\033]0;owned\007\033[2J\r\033[31mred`;

describe("texts of an image", () => {
  test("drive no terminal: in the bake, in show, diff and lineage", async () => {
    const { status, printed } = await kitchen.spring({
      commands: `
        mkdir -p var/lib/dpkg odd
        printf 'PRETTY_NAME="Small ${hostileText} \\302\\233 1"\\n' > etc/os-release
        printf 'Package: --help\\nStatus: install ok installed\\nVersion: 1${hostileText}\\nArchitecture: all\\n\\n' > var/lib/dpkg/status
        printf 'Package: a/../b\\nStatus: install ok installed\\nVersion: 1\\n 2\\n\\n' >> var/lib/dpkg/status
        printf 'none\\n${hostileText} /x ext4 nofail 0 0\\n' >> etc/fstab
        touch "$(printf 'odd/a\\nb${hostileText}')" "$(printf 'odd/\\377\\233 \\342\\200\\256gpj')" odd/--help`,
      configure: [{ shell: `printf '${hostileText}\\n'; cat /var/lib/dpkg/status; ls /odd` }],
    });
    expect(status, printed).toBe(0);
    const plain = { name: "plain", origin: await stockOrigin(kitchen.plain), configure: step };
    expect((await kitchen.bake(plain)).status).toBe(0);
    for (const words of [
      ["show", "trap-1"],
      ["show", "trap-1", "--json"],
      ["diff", "plain", "trap-1"],
      ["diff", "plain", "trap-1", "--json"],
      ["lineage", "trap-1"],
      ["images"],
    ]) {
      const {
        stdout,
        stderr,
        status: ended,
      } = await ovenbird([...words, "--state", kitchen.state]);
      expect(ended, stderr).toBe(0);
      expect(unsafe(stdout + stderr), words.join(" ")).toEqual([]);
      if (words[0] === "diff") expect(stdout).toContain("--help");
    }
  });

  test("of a package database of 100 MB are not read, and the bake says so", async () => {
    const { status, printed } = await kitchen.spring({
      commands: "mkdir -p var/lib/dpkg; truncate -s 100M var/lib/dpkg/status",
      configure: step,
    });
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/the package database \S+ could not be read: it has 104857600 bytes/);
  });
});

describe("an fstab", () => {
  test.each([
    [
      "this machine's disk",
      "/dev/vda /data ext4 defaults 0 0",
      /is not on this disk|no file system/,
    ],
    ["a loop device", "/dev/loop0 /data ext4 defaults 0 0", /is not on this disk/],
    [
      "another's UUID",
      "UUID=01234567-89ab-cdef-0123-456789abcdef /data xfs defaults 0 0",
      /not on this disk/,
    ],
  ])("that needs %s is refused", async (_, line, why) => {
    const { status, stderr } = await kitchen.spring({
      commands: `echo '${line}' >> etc/fstab`,
      configure: step,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(why);
  });

  test("that mounts shares, binds and this machine's folders has none of them mounted", async () => {
    const { status, printed } = await kitchen.spring({
      commands: `
        cat >> etc/fstab << END
192.0.2.1:/export /net nfs defaults 0 0
//192.0.2.1/share /net2 cifs guest 0 0
$HOST /host none bind 0 0
$HOST /host2 none rbind 0 0
overlay /host3 overlay lowerdir=$HOST,upperdir=/tmp,workdir=/var 0 0
proc /host4 proc defaults 0 0
tmpfs /etc tmpfs defaults 0 0
END`,
      configure: [
        {
          shell: "for one in net net2 host host2 host3 host4; do ! ls -A /$one; done 2> /dev/null",
        },
      ],
    });
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/is on the network/);
  });

  test("that mounts the root on many of its own folders is refused or ends soon", async () => {
    const { status, stderr } = await kitchen.spring({
      commands: `for n in $(seq 3000); do echo "LABEL=root /m/$n ext4 defaults 0 0"; done >> etc/fstab`,
      configure: step,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/fstab/);
  });

  test("of ten thousand lines that are none is read, and takes no more output than it may", async () => {
    const { status, printed } = await kitchen.spring({
      commands: `seq 10000 | sed 's/$/ not a line/' >> etc/fstab`,
      configure: step,
    });
    expect([0, 1]).toContain(status);
    expect(printed.length).toBeLessThan(5 * 1024 ** 2);
  });
});

test("three thousand accounts with homes and keys of their own are cleaned in no more time", async () => {
  const { status, printed, look } = await kitchen.spring({
    commands: `for n in $(seq 3000); do
        echo "u$n:x:$n:$n::/home/u$n:/bin/sh" >> etc/passwd; echo home/u$n/.ssh
      done | xargs mkdir -p; for n in 1 2999; do echo key > home/u$n/.ssh/authorized_keys; done
      echo typed > home/u3000/.bash_history`,
    configure: step,
  });
  expect(status, printed).toBe(0);
  expect(await look('cd "$ROOT"; find home -type f | wc -l; ls -d home/u*/.ssh | wc -l')).toBe(
    "0\n3000\n",
  );
});

const deep = (top: string) =>
  `(mkdir -p ${top}; cd ${top}; for n in $(seq 600); do mkdir ${"d".repeat(60)}; cd ${"d".repeat(60)}; done; touch end)`;

describe("a file system", () => {
  test.each([
    [
      "inodes full of noise",
      "dd if=/dev/urandom of=$DEV bs=4k seek=80 count=200 conv=notrunc status=none",
    ],
    [
      "a folder that is its own parent",
      "debugfs -w -R 'link <2> /bin/loop' $DEV; debugfs -w -R 'clri /var' $DEV",
    ],
    ["two files with the same blocks", "debugfs -w -R 'copy_inode /vmlinuz /etc/passwd' $DEV"],
    ["no superblock", "dd if=/dev/zero of=$DEV bs=1k seek=1 count=1 conv=notrunc status=none"],
  ])("with %s is refused", async (_, damage) => {
    const { status, stderr } = await kitchen.spring({ damage, configure: step });
    expect(status).toBe(1);
    expect(stderr).toMatch(/is damaged|no partition of the disk has a system/);
  });

  test("with a file of 3 TB of holes, and one of capabilities, is baked in no more time", async () => {
    const { status, printed } = await kitchen.spring({
      commands:
        "truncate -s 3T hole; truncate -s 3T var/log/lastlog; setfattr -n user.x -v y hole || true",
      configure: step,
    });
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/hole was not read: its \d+ bytes are too many/);
  });

  test("with folders a thousand deep, in /tmp and /var/log too, is baked", async () => {
    const { status, printed } = await kitchen.spring({
      commands: `${deep("deep")}; ${deep("tmp/deep")}; ${deep("var/log/deep")}; ${deep("var/cache/apt/archives/x")}`,
      configure: step,
    });
    expect(status, printed).toBe(0);
  });

  test("with sixty thousand names for one file is baked, and the file is read once", async () => {
    const { status, printed } = await kitchen.spring({
      commands: `mkdir many many/0; head -c 100000 /dev/urandom > many/0/0
        for n in $(seq 999); do ln many/0/0 many/0/$n; done
        for n in $(seq 59); do cp -al many/0 many/$n; done`,
      configure: step,
    });
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/0 packages, 60\d{3} files with [34] MB/);
  });
});
