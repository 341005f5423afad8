import { afterAll, beforeAll, expect, test } from "vitest";
import { aptGet, everyStep } from "../support/every-step.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/*
 * Stock disks whose links lead to this machine. Each bake has a step of every kind; after it, no
 * file of this machine was read or changed, nothing is left, and what was printed is safe.
 */

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen[Symbol.asyncDispose]());

const far = "../../../../../../../../..";

test.each([
  ["/etc/resolv.conf", "by its path", "ln -s $HOST/etc/resolv.conf etc/resolv.conf"],
  ["/etc/resolv.conf", "by dots", `ln -s ${far}$HOST/etc/resolv.conf etc/resolv.conf`],
  [
    "/etc/resolv.conf",
    "by a chain",
    `ln -s /a etc/resolv.conf; ln -s b/c a; mkdir b; ln -s ${far}$HOST/etc/passwd b/c`,
  ],
  ["/etc/machine-id", "by its path", "ln -s $HOST/etc/machine-id etc/machine-id"],
  ["/etc/machine-id", "to its own", "ln -s /proc/1/root/etc/machine-id etc/machine-id"],
  ["/var/lib/dbus", "by its path", "mkdir -p var/lib; ln -s $HOST/var/lib/dbus var/lib/dbus"],
  ["/usr/sbin/policy-rc.d", "by its path", "ln -s $HOST/usr/sbin/policy-rc.d usr/sbin/policy-rc.d"],
  ["/var/lib/dpkg", "by its path", "mkdir -p var/lib; ln -s $HOST/var/lib/dpkg var/lib/dpkg"],
  [
    "apt's caches",
    "by their paths",
    "mkdir -p var/cache var/lib/apt; ln -s $HOST/tmp var/cache/apt; ln -s $HOST/tmp var/lib/apt/lists",
  ],
  ["/var/log", "by its path", "rm -r var/log; ln -s $HOST/var/log var/log"],
  ["/run", "by its path", "rmdir run; ln -s $HOST/tmp run"],
  ["/tmp", "by its path", "rmdir tmp; ln -s $HOST/tmp tmp"],
  ["/tmp", "by dots", `rmdir tmp; ln -s ${far}$HOST tmp`],
  ["a home", "by its path", "rm -r root; ln -s $HOST/root root; ln -s $HOST/root home/bird/.ssh"],
  [
    "files that steps write",
    "by their paths",
    "ln -s $HOST/etc/passwd etc/app.conf; mkdir var/lib; ln -s $HOST/var/lib var/lib/app",
  ],
])(
  "an image with %s that leads to this machine %s is baked, and stays in itself",
  async (_, __, commands) => {
    const { status, printed, look } = await kitchen.spring({
      commands: `${aptGet}; ${commands}`,
      configure: everyStep,
    });
    expect(status, printed).toBe(0);
    // what the links lead to is made in the image, if anywhere
    const path = "usr/sbin/policy-rc.d";
    expect(
      await look(`cat "$ROOT/var/done" "$ROOT/var/again"; ls -d "$ROOT/${path}" || true`),
    ).toMatch(/^done\nagain\n/);
  },
);

test.each([
  [
    "/etc leads to this machine's",
    "mv etc old; ln -s $HOST/etc etc",
    /no partition of the disk has a system on it/,
  ],
  [
    "/etc leads to this machine's by a chain",
    `mv etc old; ln -s a etc; ln -s b a; ln -s ${far}$HOST/etc b`,
    /no partition of the disk has a system on it/,
  ],
  [
    "/proc leads to this machine's",
    "rmdir proc; ln -s $HOST proc",
    /the image's \/proc is not a folder/,
  ],
  [
    "/dev leads to this machine's",
    "rm -r dev; ln -s $HOST dev",
    /the image's \/dev is not a folder/,
  ],
  [
    "/sys leads to this machine's",
    "rmdir sys; ln -s $HOST sys",
    /the image's \/sys is not a folder/,
  ],
  ["/boot leads to this machine's", "rm -r boot; ln -s $HOST/boot boot", /the image has no kernel/],
  ["/tmp leads in a circle", "rmdir tmp; ln -s /tmp/tmp tmp", /\/tmp leads through too many links/],
  ["/tmp is a file", "rmdir tmp; echo > tmp", /\/tmp cannot be a folder: something else is there/],
  [
    "/etc/machine-id is a folder",
    "mkdir etc/machine-id",
    /\/etc\/machine-id is a folder in the image/,
  ],
])("an image of which %s is refused", async (_, commands, why) => {
  const { status, stderr } = await kitchen.spring({ commands, configure: everyStep.slice(0, 2) });
  expect(status).toBe(1);
  expect(stderr).toMatch(why);
});

test("an fstab's mount point that leads to this machine leads to the image's own folder", async () => {
  const { status, printed } = await kitchen.spring({
    commands: "mkdir -p boot; ln -s $HOST/boot boot/efi",
    configure: [{ shell: "touch /boot/efi/mark; find / -xdev -name mark | head" }],
  });
  expect(status, printed).toBe(0);
});

test("links that a step leaves for those after it, and for the clean-up, stay in the image", async () => {
  const swap = `
    ln -s /var/lib /run/ovenbird; mkdir -p /run/secrets; ln -s /etc /run/secrets/x
    rm -rf /var/log; ln -s /var/tmp /var/log; rm /etc/resolv.conf; ln -s /etc/passwd /etc/resolv.conf
    rm -f /etc/machine-id; ln -s /etc/passwd /etc/machine-id
    rm -f /usr/sbin/policy-rc.d; ln -s /bin/busybox /usr/sbin/policy-rc.d`;
  const { status, printed, look } = await kitchen.spring({
    configure: [{ shell: swap }, { shell: "echo after > /after" }],
  });
  expect(status, printed).toBe(0);
  const found = await look(
    'cat "$ROOT/after"; grep -c ^root "$ROOT/etc/passwd"; readlink "$ROOT/etc/resolv.conf" "$ROOT/usr/sbin/policy-rc.d"; stat -c "%F %s" "$ROOT/etc/machine-id"',
  );
  expect(found).toBe("after\n1\n/etc/passwd\n/bin/busybox\nregular empty file 0\n");
});
