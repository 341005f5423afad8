import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const program = join(import.meta.dirname, "../support/programs/install-in-image.ts");

/** Of each kind of maintainer script: users, groups, keys, caches, capabilities, initramfs. */
const packages = [
  ...["dbus", "man-db", "nginx-light", "openssh-server", "sudo", "iputils-ping", "gnupg"],
  ...[
    "systemd-sysv",
    "cron",
    "ssl-cert",
    "linux-image-cloud-amd64",
    "initramfs-tools",
    "dracut-core",
  ],
];

/** What must work in an image, and what it must not tell of this machine. */
const script = `
set -ex
export PATH
apt-get update
apt-get install --yes --no-install-recommends apt-utils
apt-get install --yes --no-install-recommends ${packages.join(" ")} > /tmp/said
if grep 'Preconfiguring packages' /tmp/said; then exit 1; fi
debconf-show ssl-cert | grep 'ssl-cert/'
dpkg --audit
test -z "$(dpkg --list | grep -v '^ii' | grep '^[a-z][A-Z]')"
test -s /boot/initrd.img-*-cloud-amd64
lsinitramfs /boot/initrd.img-* > /dev/null
test -s /etc/ssh/ssh_host_ed25519_key
grep -q root@localhost /etc/ssh/ssh_host_ed25519_key.pub
test -s /var/cache/man/index.db || mandb --quiet
mkdir -p /run/sshd && sshd -t
useradd --create-home bird && echo bird:secret | chpasswd && passwd -S bird
su bird -c 'id; touch /dev/shm/bird'
runuser -u bird -- id
sudo -u bird id
systemctl enable cron.service
systemctl --root=/ disable cron.service
systemd-sysusers && systemd-tmpfiles --create --exclude-prefix=/proc --exclude-prefix=/sys
getcap /usr/bin/ping
setcap cap_net_raw+ep /usr/bin/id && getcap /usr/bin/id
gpg --batch --passphrase '' --quick-generate-key bird@example.test ed25519 default never
dracut --force --no-hostonly /tmp/dracut.img "$(ls /lib/modules)"
update-initramfs -u
perl -MSocket -e 'socket(my $s, AF_INET, SOCK_STREAM, 0) or die'
echo all of it
`;

test("Debian's package managers, services, users, keys and initramfs work in the sandbox", async () => {
  await using folder = await temporaryFolder();
  const disk = join(folder.path, "disk.raw");
  await writeFile(join(folder.path, "script"), script);
  await mkdir(join(folder.path, "scratch"));
  const argv = ["--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  const child = spawn("unshare", [...argv, process.execPath, program, disk, folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(output).toMatch(/^all of it$/m);
  // dracut would like device nodes in its initramfs, and does without
  const rest = output.split("\n").filter((line) => !line.startsWith("mknod: /var/tmp/dracut"));
  expect(rest.join("\n")).not.toMatch(/Operation not permitted|Function not implemented/);
});
