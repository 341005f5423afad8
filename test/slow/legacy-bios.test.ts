import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { terminalBootCommand } from "../../local/terminal-boot.ts";
import { ovenbird } from "../support/ovenbird.ts";

const recipe = join(import.meta.dirname, "../../recipes/debian-web.yaml");

const debianWeb = async () => {
  const state = await mkdtemp(join(tmpdir(), "ovenbird-bios-"));
  const baked = await ovenbird(["bake", recipe, "--state", state]);
  expect(baked.status, baked.stderr).toBe(0);
  const [snapshot = ""] = await readdir(join(state, "snapshots"));
  const disk = join(state, "snapshots", snapshot, "disk.raw");
  return { disk, [Symbol.asyncDispose]: () => rm(state, { recursive: true, force: true }) };
};

test("an image of Debian that boots by UEFI boots by legacy BIOS, too", async () => {
  await using baked = await debianWeb();
  const { disk } = baked;
  const [program = "", ...parameters] = await terminalBootCommand(disk, {
    ...{ firmware: "bios", memory: 1024 },
  });
  const qemu = spawn(program, parameters, { stdio: ["pipe", "pipe", "inherit"] });
  let console = "";
  const login = new Promise<void>((resolve) => {
    qemu.stdout.on("data", (chunk: Buffer) => {
      console = (console + chunk.toString()).slice(-8192);
      if (console.includes("login:")) resolve();
    });
  });
  const ended = once(qemu, "close");
  await Promise.race([login, ended]);
  qemu.kill("SIGKILL");
  await ended;
  expect(console).toContain("login:");
});
