import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBootStandIns } from "../../agent/boot/stand-ins.ts";
import { afterSteps } from "../../agent/hygiene.ts";
import { installGrub, makeDebian, openBootDisk } from "../support/boot-disk.ts";
import { bootDisk } from "../support/boot-machine.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Says, once all has started, what became of sshd; in the words that the kernel's release has. */
const unit = `[Unit]
After=ssh.service ssh.socket
Wants=ssh.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo; echo "RUNS $(ls /etc/ssh/ssh_host_*_key | wc -l)-$(systemctl is-active ssh.service)-$(wc -c < /etc/machine-id)-$(systemctl is-failed sysinit.target basic.target ssh.socket | sort -u | tr "\\\\n" ,) WITH $(journalctl -b | grep -ci "ordering cycle") END" > /dev/ttyS0; poweroff -ff'
`;

test("sshd starts with keys of the machine's own after they were removed, without cloud-init", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ovenbird-host-keys-"));
  try {
    const kernels = await makeDebian(join(folder, "debian"));
    await using scratch = await temporaryFolder();
    await using image = await openBootDisk(scratch.path, join(folder, "debian"));
    const grub = `GRUB_CMDLINE_LINUX="console=ttyS0,115200n8"\nGRUB_TERMINAL=console\n`;
    {
      await using standIns = await openBootStandIns(image.sandbox, image.mounts);
      image.environment = await standIns.place();
      const packages = ["grub-efi-amd64", "grub-pc-bin", "openssh-server"];
      await image.install(`linux-image-${kernels.newer}`, ...packages);
      await writeFile(join(image.root, "etc/default/grub.d/x.cfg"), grub);
      await installGrub(image);
      await standIns.place();
      await image.step(["update-grub"]);
    }
    await rm(join(image.root, "etc/systemd/system/sysinit.target.wants/says.service"));
    await writeFile(join(image.root, "etc/systemd/system/says.service"), unit);
    await image.step(["systemctl", "enable", "ssh.socket"]);
    await image.step(["systemctl", "add-wants", "multi-user.target", "says.service"]);
    await afterSteps({ root: image.root, keep: [], say: () => undefined });
    const names = await readdir(join(image.root, "etc/ssh"));
    expect(names.filter((name) => name.startsWith("ssh_host_"))).toEqual([]);
    const { release, commandLine } = await bootDisk(await image.finish(), "UEFI");
    // three kinds of keys, sshd up, an id of 32 digits, nothing failed, and no unit waits for itself
    expect([release, commandLine]).toEqual(["3-active-33-active,", "0"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
