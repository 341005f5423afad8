import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type AgentRun, runAgent, shell } from "../../support/agent-run.ts";
import { makeStockDisk, type StockOrder } from "../../support/stock-disk.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const run = promisify(execFile);

/** Bakes from a stock disk; what its one step printed. */
const bakeFrom = async (stock: Omit<StockOrder, "folder">, order: Partial<AgentRun> = {}) => {
  await using folder = await temporaryFolder();
  await using place = await temporaryFolder();
  const from = await makeStockDisk({ folder: place.path, ...stock });
  const { stdout: before } = await run("sfdisk", ["--dump", from]).catch(() => ({ stdout: "" }));
  const steps = order.steps ?? [shell("mount | grep ^/dev/loop | cut -d ' ' -f 3-5; ls /boot/efi")];
  const ran = await runAgent({ folder: folder.path, from, stock: true, ...order, steps });
  const { stdout: after } = await run("sfdisk", ["--dump", ran.disk]).catch(() => ({ stdout: "" }));
  const events = ran.events.flatMap((event) =>
    event.event === "step-output" && event.step === "Open the disk" ? [event.text] : [],
  );
  return { ...ran, before, after, remarks: events, printed: ran.output("shell").split("\n") };
};

const root = { make: "mkfs.ext4 -q -L root $DEV", path: "/" };
const esp = `type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B`;
const linux = "type=0FC63DAF-8483-4772-8E79-3D69D8477DE4";
const gpt = (...lines: string[]) => ["label: gpt", ...lines, ""].join("\n");
const twoPartitions = {
  size: 200,
  table: gpt(`start=2048, size=81920, ${esp}`, `start=83968, size=319488, ${linux}`),
  volumes: [{ start: 41, size: 156, ...root }],
  esp: 1,
};

describe("a stock disk", () => {
  test("with GPT, an ESP and a root by label has both mounted", async () => {
    const fstab = "LABEL=root / ext4 defaults 0 1\nUUID=ABCD-1234 /boot/efi vfat defaults 0 1\n";
    const { error, facts, printed } = await bakeFrom({ ...twoPartitions, fstab });
    expect(error).toBeUndefined();
    expect(facts).toMatchObject({ bootMode: "uefi", fileSystem: "ext4", architecture: "x86_64" });
    expect(printed).toEqual(["/ type ext4", "EFI"]);
  });

  test("keeps what steps change in its ESP, and nothing else changes there", async () => {
    const fstab = "LABEL=root / ext4 defaults 0 1\nUUID=ABCD-1234 /boot/efi vfat defaults 0 1\n";
    await using folder = await temporaryFolder();
    const from = await makeStockDisk({ folder: folder.path, ...twoPartitions, fstab });
    const steps = [
      shell(`mkdir -p /boot/efi/loader/entries
             echo title > "/boot/efi/loader/entries/a long name.conf"
             echo old > /boot/efi/gone; cp /boot/efi/EFI/BOOT/BOOTX64.EFI /boot/efi/EFI/copy.efi`),
    ];
    await using one = await temporaryFolder();
    const first = await runAgent({ folder: one.path, from, stock: true, steps });
    expect(first.error).toBeUndefined();
    const more = [
      shell(
        "cat /boot/efi/loader/entries/*; rm /boot/efi/gone; mv /boot/efi/EFI/copy.efi /boot/efi",
      ),
    ];
    await using other = await temporaryFolder();
    const second = await runAgent({ folder: other.path, from: first.disk, steps: more });
    expect(second.error).toBeUndefined();
    expect(second.output("shell")).toBe("title");
    const { stdout } = await run("mdir", ["-/", "-b", "-i", `${second.disk}@@1M`, "::/"]);
    expect(stdout.trim().split("\n").toSorted()).toEqual([
      "::/EFI/",
      "::/EFI/BOOT/",
      "::/EFI/BOOT/BOOTX64.EFI",
      "::/copy.efi",
      "::/loader/",
      "::/loader/entries/",
      "::/loader/entries/a long name.conf",
    ]);
  });

  test("with an MBR has its partitions by UUID, PARTUUID and device name", async () => {
    const { error, printed, facts, before, after } = await bakeFrom({
      size: 191,
      table: `label: dos\nlabel-id: 0x1234abcd\nstart=2048, size=81920, type=ef\nstart=83968, size=102400, type=83\nstart=186368, size=102400, type=83\nstart=288768, size=102400, type=83\n`,
      volumes: [
        { start: 141, size: 50, ...root },
        {
          start: 41,
          size: 50,
          make: "mkfs.ext4 -q -U 11111111-2222-3333-4444-555555555555 $DEV",
          path: "/boot",
        },
        { start: 91, size: 50, make: "mkfs.ext4 -q $DEV", path: "/home" },
      ],
      esp: 1,
      fstab: `
        # a comment
        /dev/vda4 / ext4 errors=remount-ro 0 1
        UUID=11111111-2222-3333-4444-555555555555 /boot ext4 defaults 0 2
        PARTUUID=1234abcd-03 /home ext4 defaults 0 2
        PARTUUID=1234abcd-01 /boot/efi vfat umask=0077 0 1
        tmpfs /tmp tmpfs defaults 0 0
        server:/export /srv nfs defaults 0 0
      `,
    });
    expect(error).toBeUndefined();
    expect(printed.toSorted()).toEqual([
      "/ type ext4",
      "/boot type ext4",
      "/home type ext4",
      "EFI",
    ]);
    expect(facts).toMatchObject({ bootMode: "uefi" });
    expect(after.replaceAll(/^device.*|\S+disk.raw/gm, "")).toBe(
      before.replaceAll(/^device.*|\S+stock.raw/gm, ""),
    );
  });

  test("with logical partitions in an extended one has its root found there", async () => {
    const { error, printed } = await bakeFrom({
      size: 300,
      table: `label: dos\nstart=2048, size=81920, type=ef\nstart=83968, size=500000, type=5\nstart=86016, size=200000, type=83\n`,
      volumes: [{ start: 42, size: 97, ...root }],
      esp: 1,
      fstab: "/dev/sda5 / ext4 defaults 0 1\n/dev/sda1 /boot/efi vfat defaults 0 0\n",
    });
    expect(error).toBeUndefined();
    expect(printed).toEqual(["/ type ext4", "EFI"]);
  });

  test("without partitions is one file system, which grows with the disk", async () => {
    const extlinux = `printf '\\353\\130\\220EXTLINUX' | dd of="$DISK" conv=notrunc status=none
      printf '\\125\\252' | dd of="$DISK" bs=1 seek=510 conv=notrunc status=none
      mkdir "$ROOT/boot/extlinux"; touch "$ROOT/boot/extlinux/ldlinux.sys"
      printf 'DEFAULT a\nLABEL a\nLINUX /boot/vmlinuz-1\nINITRD /boot/initrd.img-1\nAPPEND root=LABEL=root\n' > "$ROOT/boot/extlinux/extlinux.conf"`;
    const { error, facts, printed } = await bakeFrom(
      {
        size: 100,
        volumes: [{ start: 0, size: 100, ...root }],
        more: extlinux,
        fstab: "/dev/xvda / ext4 defaults 0 1\n",
      },
      { size: 400, steps: [shell("df -m / | tail -1 | tr -s ' ' | cut -d ' ' -f 2")] },
    );
    expect(error).toBeUndefined();
    expect(facts).toMatchObject({ bootMode: "legacy-bios" });
    expect(Number(printed[0])).toBeGreaterThan(300);
  });

  test("with Btrfs subvolumes has each where its fstab says", async () => {
    const make = `mkfs.btrfs -q -L pool $DEV
      T=$(mktemp -d); mount $DEV $T; btrfs -q subvolume create $T/root; btrfs -q subvolume create $T/home; umount $T; rmdir $T`;
    const { error, printed, facts } = await bakeFrom(
      {
        ...twoPartitions,
        size: 400,
        table: gpt(`start=2048, size=81920, ${esp}`, `start=83968, size=716800, ${linux}`),
        volumes: [
          { start: 41, size: 350, make, path: "/", options: "subvol=root" },
          { start: 41, size: 350, make: "true", path: "/home", options: "subvol=home" },
        ],
        more: 'touch "$ROOT/home/kept"',
        fstab:
          "LABEL=pool / btrfs subvol=root,compress=zstd:1 0 0\nLABEL=pool /home btrfs subvol=home 0 0\nUUID=ABCD-1234 /boot/efi vfat defaults 0 0\n",
      },
      { steps: [shell("ls /home; mount | grep -o 'subvol=[^,)]*'")] },
    );
    expect(error).toBeUndefined();
    expect(facts).toMatchObject({ fileSystem: "btrfs" });
    expect(printed.slice(0, 2)).toEqual(["bird", "kept"]);
    expect(printed).toEqual(expect.arrayContaining(["subvol=/root", "subvol=/home"]));
  });
});
