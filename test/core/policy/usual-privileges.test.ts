import { describe, expect, test } from "vitest";
import type { FileEntry } from "../../../core/inventory.ts";
import { cleanInventory, plainFile } from "../../support/clean-inventory.ts";
import { facts, said } from "./facts.ts";

/** Files of packages, beside those of a clean image. */
const withFiles = (...files: FileEntry[]) =>
  facts({ files: [...cleanInventory().files, ...files] });

const program = (path: string, more: Partial<FileEntry> = {}): FileEntry =>
  ({ ...plainFile(path, "4755"), package: "its", ...more }) as FileEntry;

describe("what find -perm /6000 said of a Debian 13 with sudo and an SSH server", () => {
  test.each([
    ...["/usr/sbin/unix_chkpwd", "/usr/lib/openssh/ssh-keysign", "/usr/bin/gpasswd", "/usr/bin/su"],
    ...["/usr/lib/dbus-1.0/dbus-daemon-launch-helper", "/usr/bin/expiry", "/usr/bin/sudo"],
    ...["/usr/bin/newgrp", "/usr/bin/chage", "/usr/bin/chfn", "/usr/bin/ssh-agent"],
    ...["/usr/bin/umount", "/usr/bin/mount", "/usr/bin/passwd", "/usr/bin/chsh"],
    // what iputils does where there is no setcap
    ...["/usr/bin/ping", "/usr/bin/clockdiff"],
  ])("%s is nothing to complain of", (path) => {
    expect(said("setuid", withFiles(program(path))).status).toBe("pass");
  });
});

test.each(["/usr/bin/python3.13", "/usr/bin/env", "/usr/bin/bash", "/usr/bin/bwrap", "/bin/find"])(
  "%s is none that is meant to be setuid",
  (path) => {
    expect(said("setuid", withFiles(program(path))).status).toBe("fail");
  },
);

test.each([
  ["/usr/bin/ping", "pass"],
  ["/usr/bin/mtr-packet", "pass"],
  ["/usr/lib/x86_64-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-ptp-helper", "pass"],
  ["/usr/bin/python3.13", "fail"],
  ["/usr/bin/systemd-detect-virt", "fail"],
])("capabilities of %s: %s", (path, status) => {
  const capable = program(path, { mode: "0755", capabilities: "cap_net_raw+ep" });
  expect(said("capabilities", withFiles(capable)).status).toBe(status);
});
