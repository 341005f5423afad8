import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import {
  firmwareArguments,
  hostArchitecture,
  hostMachine,
  processorArguments,
  throwAwayDisk,
} from "../../local/qemu.ts";
import { terminalBootCommand } from "../../local/terminal-boot.ts";

test("a machine is this host's own architecture", () => {
  const names = { x86_64: "qemu-system-x86_64", arm64: "qemu-system-aarch64" };
  expect(hostMachine().program).toBe(names[hostArchitecture()]);
  expect(hostMachine().secondPort("report").join(" ")).toContain("chardev");
});

test("with KVM the processor is the host's; without, it is emulated with all it can", () => {
  expect(processorArguments(true, 512).join(" ")).toBe("-accel kvm -cpu host -smp 2 -m 512");
  expect(processorArguments(false, 512).join(" ")).toBe(
    "-accel tcg,thread=multi -cpu max -smp 2 -m 512",
  );
});

test("a disk is thrown away after use, and a comma in its path is no option", () => {
  expect(throwAwayDisk("/a,readonly=off/disk.raw")).toEqual([
    ...["-drive", "file=/a,,readonly=off/disk.raw,format=raw,if=virtio,snapshot=on"],
  ]);
});

test("the firmware is a file of this machine", async () => {
  const text = (await firmwareArguments()).join(" ");
  const path = /(?:-bios |file=)([^ ,]+)/.exec(text)?.[1] ?? "";
  expect(existsSync(path), text).toBe(true);
});

test("a boot on the terminal has a network and ends with the machine", async () => {
  const command = await terminalBootCommand("/disk.raw", { firmware: "bios", memory: 256 });
  expect(command).toEqual(expect.arrayContaining(["-nographic", "-no-reboot", "256"]));
  expect(command.join(" ")).toContain("user,model=virtio-net-pci");
  expect(command.join(" ")).not.toMatch(/-bios|pflash/);
});
