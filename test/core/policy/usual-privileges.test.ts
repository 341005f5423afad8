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

const ptpHelper = "/usr/lib/x86_64-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-ptp-helper";

test.each([
  ["/usr/bin/ping", "cap_net_raw+ep", "pass"],
  ["/bin/ping", "cap_net_raw+ep", "pass"],
  ["/usr/bin/ping", "cap_net_raw,cap_sys_admin+ep", "fail"],
  ["/usr/bin/ping", "cap_net_raw+ei", "fail"],
  ["/usr/bin/ping", "=", "fail"],
  ["/usr/bin/ping", "cap_net_raw+ep [rootid=1000]", "fail"],
  ["/usr/bin/mtr-packet", "cap_net_raw+ep", "pass"],
  ["/usr/bin/clockdiff", "cap_net_raw,cap_sys_nice+ep", "pass"],
  ["/usr/bin/dumpcap", "cap_net_admin,cap_net_raw+eip", "pass"],
  [ptpHelper, "cap_net_bind_service,cap_net_admin+ep", "pass"],
  [ptpHelper, "cap_net_bind_service,cap_net_admin,cap_sys_nice+ep", "pass"],
  [ptpHelper, "cap_net_raw+ep", "fail"],
  // not looked up: any
  ["/usr/bin/newuidmap", "cap_setuid+ep", "pass"],
  ["/usr/bin/python3.13", "cap_net_raw+ep", "fail"],
  ["/usr/bin/systemd-detect-virt", "cap_net_raw+ep", "fail"],
  // a name that is written as an entry is only a name
  ["/usr/bin/ping: cap_net_raw+ep", "cap_sys_admin+ep", "fail"],
])("%s with the capabilities %s: %s", (path, capabilities, status) => {
  const capable = program(path, { mode: "0755", capabilities });
  expect(said("capabilities", withFiles(capable)).status).toBe(status);
});

test("another set than the one that is known is told with it", () => {
  const capable = program("/usr/bin/fping", { mode: "0755", capabilities: "cap_setuid+ep" });
  expect(said("capabilities", withFiles(capable)).says).toContain(
    "/usr/bin/fping has the capabilities cap_setuid+ep, and is known to have cap_net_raw+ep",
  );
});
