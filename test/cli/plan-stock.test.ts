import { execFile } from "node:child_process";
import { chmod, copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDisk, mebibyte } from "../agent/disk/disks.ts";
import { signatures, writeMarks } from "../agent/disk/signatures.ts";
import { ovenbird } from "../support/ovenbird.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { ovenbirdAfter, runProgram, launcher } from "./run-cli.ts";

const run = promisify(execFile);

let folder: TemporaryFolder;
let disk: string;

const table =
  "label: gpt\n1 : start=1MiB, size=20MiB, type=L, name=system\n2 : start=21MiB, size=20MiB, type=L\n";

beforeAll(async () => {
  folder = await temporaryFolder();
  disk = await makeDisk(join(folder.path, "stock.raw"), {
    ...{ size: 48, table },
    volumes: [{ start: 1, size: 20, mkfs: ["mkfs.ext4", "-q", "-L", "root"] }],
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

const recipeOf = async (file: string, more = ""): Promise<string> => {
  const path = join(folder.path, "recipe.yaml");
  await writeFile(path, `image:\n  name: stock\n  origin: { file: ${file}${more} }\n`);
  return path;
};

const state = () => join(folder.path, "state");
const plan = async (file: string, more?: string) =>
  ovenbird(["plan", await recipeOf(file, more), "--state", state()]);

const digestOf = async (path: string) =>
  `sha256:${createHash("sha256")
    .update(await readFile(path))
    .digest("hex")}`;

test("a plan says of a raw stock disk what it is and what is on it, and writes nothing", async () => {
  const [before, { ctimeNs }] = [await digestOf(disk), await stat(disk, { bigint: true })];
  const { status, stdout, stderr } = await plan("stock.raw");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(new RegExp(`^stock disk +raw, 50.3 MB, ${before}$`, "m"));
  expect(stdout).toMatch(/^partition table +GPT$/m);
  expect(stdout).toMatch(/^partition 1 +ext4 "root", 21 MB$/m);
  expect(stdout).toMatch(/^partition 2 +nothing known, 21 MB$/m);
  expect(stdout).toMatch(/^disk +1 GiB$/m);
  expect(stdout).not.toContain("refused");
  expect((await stat(disk, { bigint: true })).ctimeNs).toBe(ctimeNs);
});

test("a plan says the same of a qcow2, and leaves nothing of it unpacked", async () => {
  const path = join(folder.path, "stock.qcow2");
  await run("qemu-img", ["convert", "-O", "qcow2", disk, path]);
  const { stdout } = await plan("stock.qcow2");
  expect(stdout).toMatch(new RegExp(`^stock disk +qcow2, 50.3 MB, ${await digestOf(path)}$`, "m"));
  expect(stdout).toMatch(/^partition 1 +ext4 "root", 21 MB$/m);
  expect(await readdir(join(state(), "bundles"))).toEqual([]);
  expect(await readdir(state())).toEqual(["bundles"]);
});

test("a plan names all that a bake would refuse", async () => {
  const path = join(folder.path, "luks.raw");
  await copyFile(disk, path);
  const size = 20 * mebibyte;
  await writeMarks(path, signatures["LUKS"]?.(size) ?? [], 21 * mebibyte);
  const { status, stdout } = await plan("luks.raw", `, digest: "sha256:${"0".repeat(64)}"`);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^refused +partition 2 is encrypted \(LUKS\); a disk that is not/m);
  expect(stdout).toMatch(/^refused +the recipe wants another digest, sha256:0000/m);
  const json = await ovenbird([
    "plan",
    "--json",
    join(folder.path, "recipe.yaml"),
    "--state",
    state(),
  ]);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { stock: { format: "raw", bytes: 48 * mebibyte, refused: [{}, {}], layout: { table: "gpt" } } },
  ]);
});

test("a plan says that a bake refuses a disk whose digest the recipe does not say, unless a policy lets it", async () => {
  const digest = await digestOf(disk);
  const problem = new RegExp(`^problem +pinned: .* stock.raw has; .*: digest: ${digest}$`, "m");
  expect((await plan("stock.raw")).stdout).toMatch(problem);
  expect((await plan("stock.raw", `, digest: "${digest}"`)).stdout).not.toContain("pinned");
  const policy = join(folder.path, "policy.yaml");
  await writeFile(policy, "policy: { provenance: { pinned: { mode: report } } }\n");
  const path = await recipeOf("stock.raw");
  const { stdout } = await ovenbird(["plan", path, "--policy", policy, "--state", state()]);
  expect(stdout).not.toContain("pinned");
  const onAws = await ovenbird(["plan", path, "--policy", policy, "--on", "aws"]);
  expect(onAws.stderr).toContain("--policy is only for plans on this machine");
});

test("a plan says when there is no such disk, or when it is damaged", async () => {
  expect((await plan("none.raw")).stdout).toMatch(/^refused .*none.raw: there is no such file$/m);
  await writeFile(join(folder.path, "cut.qcow2"), "QFI\u00fb and no more");
  expect((await plan("cut.qcow2")).stdout).toMatch(/^refused /m);
});

test("a plan by somebody who is not root says digest and format, and that root sees more", async () => {
  const path = await recipeOf("stock.raw");
  await chmod(folder.path, 0o755);
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
  const { stdout } = await runProgram(
    [...nobody, process.execPath, launcher, "plan", path, "--state", state()],
    { env: { ...process.env, HOME: "/nonexistent" } },
  );
  expect(stdout).toMatch(new RegExp(`^stock disk +raw, 50.3 MB, ${await digestOf(disk)}$`, "m"));
  expect(stdout).toMatch(/^stock disk +not looked into: only root sees/m);
});

test("a plan says when the programs that look at disks are missing", async () => {
  const { stdout } = await ovenbirdAfter('mount --bind /dev/null "$(command -v bwrap)"', [
    ...["plan", await recipeOf("stock.raw"), "--state", state()],
  ]);
  expect(stdout).toMatch(/^stock disk +not looked into: .*missing: bwrap$/m);
});
