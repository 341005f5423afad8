import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aptGet, everyStep } from "../support/every-step.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/* Stock disks with pipes, sockets, devices and giants where files are expected. */

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen[Symbol.asyncDispose]());

/** A program that is killed leaves its socket. */
const socketProgram =
  "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
const socket = (path: string) =>
  `rm -rf ${path}; "${process.execPath}" -e "${socketProgram}" "$PWD/${path}" || test -S ${path}`;

const [firstShell, ...otherSteps] = everyStep;
const noFiles = [firstShell, { services: { enable: ["app.service"] } }];

describe("pipes and sockets where files are expected are waited for by nothing", () => {
  test.each([
    ["/etc/resolv.conf", "mkfifo etc/resolv.conf", everyStep],
    ["/etc/machine-id", "mkfifo etc/machine-id", everyStep],
    [
      "/etc/os-release",
      "rm etc/os-release; mkdir -p usr/lib; mkfifo etc/os-release usr/lib/os-release",
      everyStep,
    ],
    ["/etc/shells, /etc/shadow", "mkfifo etc/shells etc/shadow etc/gshadow", everyStep],
    ["/var/lib/dpkg/status", "mkdir -p var/lib/dpkg; mkfifo var/lib/dpkg/status", everyStep],
    [
      "rpm's and apk's databases",
      "mkdir -p var/lib/rpm lib/apk/db; mkfifo var/lib/rpm/rpmdb.sqlite lib/apk/db/installed",
      everyStep,
    ],
    [
      "sshd's configuration",
      `mkdir -p etc/ssh/sshd_config.d etc/systemd/system
       mkfifo etc/ssh/sshd_config etc/ssh/sshd_config.d/a.conf etc/systemd/system/ssh.service
       printf x > usr/sbin/sshd; chmod 755 usr/sbin/sshd`,
      everyStep,
    ],
    [
      "kernels' configuration",
      `mkdir -p etc/kernel etc/default boot/grub boot/loader/entries boot/extlinux
       mkfifo etc/kernel/cmdline etc/default/grub boot/grub/grubenv boot/loader/entries/a.conf
       mkfifo boot/extlinux/extlinux.conf boot/vmlinuz-2; mkdir lib/modules/2`,
      noFiles,
    ],
    ["what hygiene empties", "mkfifo var/log/syslog tmp/pipe root/.bash_history", everyStep],
    ["a socket at /etc/machine-id", socket("etc/machine-id"), everyStep],
    ["a socket at /etc/resolv.conf", socket("etc/resolv.conf"), everyStep],
  ])("%s", async (_, commands, configure) => {
    const { status, printed } = await kitchen.spring({
      commands: `${aptGet}; ${commands}`,
      configure,
    });
    expect(status, printed).toBe(0);
  });

  test.each([
    ["a pipe", "rm etc/passwd; mkfifo etc/passwd"],
    ["a device", "rm etc/passwd; mknod etc/passwd c 1 5"],
    ["a folder", "rm etc/passwd; mkdir etc/passwd"],
    ["a socket", socket("etc/passwd")],
  ])("/etc/passwd that is %s fails the step that reads it, by name", async (_, commands) => {
    const { status, stderr } = await kitchen.spring({ commands, configure: otherSteps });
    expect(status).toBe(1);
    expect(stderr).toMatch(/step 1 .*the image has no user root/);
  });

  test.each(["passwd", "os-release", "ssh/sshd_config", "kernel/cmdline"])(
    "/etc/%s of terabytes is not read",
    async (name) => {
      const { status, printed } = await kitchen.spring({
        commands: `mkdir -p etc/ssh etc/kernel; truncate -s 3T etc/${name}`,
        configure: noFiles,
      });
      if (name === "os-release") expect(status, printed).toBe(0);
      else expect(printed).toMatch(/of the image has 3298534883328 bytes; a text is expected/);
    },
  );

  test("/etc/passwd and /etc/group that are pipes hang no longer than their step may take", async () => {
    const { status, stderr } = await kitchen.spring({
      commands: "rm etc/passwd etc/group; mkfifo etc/passwd etc/group",
      configure: [{ users: [{ name: "wren" }], timeout: "2s" }],
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/step 1 "users: wren" did not end in 2 s/);
  });

  test.each([
    ["a pipe", "rm etc/fstab; mkfifo etc/fstab"],
    ["a device", "rm etc/fstab; mknod etc/fstab b 7 0"],
    ["a socket", socket("etc/fstab")],
    ["gigabytes", "truncate -s 40G etc/fstab"],
  ])("/etc/fstab that is %s is refused", async (_, commands) => {
    const { status, stderr } = await kitchen.spring({ commands, configure: noFiles });
    expect(status).toBe(1);
    expect(stderr).toMatch(/the image's \/etc\/fstab/);
  });
});

describe("files that even root cannot change", () => {
  test("are changed where a step or the bake must, and put back as they were", async () => {
    const { status, printed, look } = await kitchen.spring({
      commands: `${aptGet}
        for one in resolv.conf machine-id app.conf; do echo mine > etc/$one; chattr +i etc/$one; done
        echo x > var/log/kept.1; chattr +i var/log/kept.1; echo x > root/.bash_history; chattr +a root/.bash_history`,
      configure: everyStep,
    });
    expect(status, printed).toBe(0);
    const found = await look(
      'cd "$ROOT"; cat etc/resolv.conf etc/app.conf etc/machine-id; lsattr etc/resolv.conf | cut -c 5; ls root/.bash_history var/log/kept.1 2>&1 | grep -c cannot',
    );
    expect(found).toBe("mine\nsetting\ni\n2\n");
  });

  test("are named when they are folders", async () => {
    const { status, stderr } = await kitchen.spring({
      commands: "chattr +i etc",
      configure: everyStep,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/\/etc\/resolv.conf of the image cannot be changed, not even by root/);
  });
});

describe("devices and programs of an image", () => {
  test("reach no disk of this machine, whoever opens them", async () => {
    const major = "$((0x$(stat -c %t $(losetup -f))))";
    const { status, printed } = await kitchen.spring({
      commands: `
        mknod --mode=666 dev/vda b 254 0; mknod --mode=666 disk b ${major} 0; mknod --mode=666 mem c 1 1
        mknod --mode=666 etc/app.conf b 254 0; mknod --mode=666 var/log/disk b 254 0; mknod --mode=666 tmp/disk b 254 0
        mkdir -p boot/efi; mknod --mode=666 boot/vmlinuz-2 b 254 0; mkdir lib/modules/2; ${aptGet}`,
      configure: [
        {
          shell: `for one in /disk /mem /etc/app.conf /var/log/disk; do
            if head -c 1 $one; then exit 9; fi; if echo x > $one; then exit 8; fi
          done; ls /dev/vda && exit 7; rm /boot/vmlinuz-2`,
        },
        ...everyStep,
      ],
    });
    expect(status, printed).toBe(0);
  });

  test("get no rights by setuid bits and capabilities", async () => {
    const { status, printed } = await kitchen.spring({
      commands: `
        mkdir own cap; cp bin/busybox own/id; chmod 6755 own/id; cp bin/busybox cap/mknod
        setcap cap_sys_admin,cap_mknod,cap_sys_module,cap_sys_rawio+eip cap/mknod`,
      configure: [
        {
          shell: `if mount -t tmpfs none /mnt 2> /dev/null; then exit 9; fi
            if /cap/mknod /disk b 254 0; then exit 8; fi
            su bird -c 'echo "is $(/own/id -u)"'
            grep CapEff /proc/self/status`,
        },
      ],
    });
    expect(status, printed).toBe(0);
    expect(printed).toContain("is 1000");
  });
});
