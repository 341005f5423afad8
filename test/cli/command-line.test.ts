import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import {
  ended,
  sourceLauncher as launcher,
  ovenbirdOfSource as ovenbird,
  runProgram,
} from "./run-cli.ts";

const commands = "bake validate schema images show boot rm sweep doctor push bakes logs stop".split(
  " ",
);

test("help names every command, on standard output", async () => {
  const { status, stdout, stderr } = await ovenbird(["--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
});

test.each(commands)("%s has a help of its own", async (command) => {
  const { status, stdout, stderr } = await ovenbird([command, "--help"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain(`Usage: ovenbird ${command}`);
});

test("the version is the package's", async () => {
  const { stdout } = await ovenbird(["--version"]);
  const description: unknown = JSON.parse(await readFile("package.json", "utf8"));
  expect(description).toMatchObject({ version: stdout.trimEnd() });
});

test.each([
  { what: "no command", args: [], says: "Usage: ovenbird" },
  { what: "an unknown command", args: ["bkae"], says: "(Did you mean bake?)" },
  { what: "an unknown option", args: ["images", "--jsno"], says: "(Did you mean --json?)" },
  { what: "a missing recipe", args: ["bake"], says: "missing required argument 'recipe'" },
  { what: "an argument too many", args: ["images", "web"], says: "too many arguments" },
  { what: "--set without =", args: ["bake", "x.yaml", "--set", "A"], says: "Write NAME=VALUE" },
  { what: "--set without a name", args: ["bake", "x", "--set", "=1"], says: "Write NAME=VALUE" },
  { what: "a firmware we lack", args: ["boot", "x", "--firmware", "coreboot"], says: "uefi, bios" },
  { what: "memory that is no number", args: ["boot", "x", "--memory", "1G"], says: "whole number" },
])("$what is a usage error", async ({ args, says }) => {
  const { status, stdout, stderr } = await ovenbird(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(says);
});

test("a reader that goes away is no error", async () => {
  const cli = spawn(process.execPath, [launcher, "schema"], { stdio: ["ignore", "pipe", "pipe"] });
  cli.stdout.destroy();
  expect(await ended(cli)).toMatchObject({ status: 0, stderr: "" });
});

test("a standard output that takes nothing is an error", async () => {
  const toFull = ["sh", "-c", 'exec "$@" > /dev/full', "sh"];
  const { status, stderr } = await runProgram([...toFull, process.execPath, launcher, "schema"]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: .*ENOSPC/);
});

test("a Node that is too old hands over to the repository's own", async () => {
  const pretence = resolve(import.meta.dirname, "older-node.mjs");
  const old = [process.execPath, "--import", pretence, launcher];
  const { status, stdout } = await runProgram([...old, "--version"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await runProgram([...old, "bkae"])).status).toBe(2);
});

test("what Node says of its own features is not shown", async () => {
  expect((await ovenbird(["schema"])).stderr).toBe("");
});

test("the schema is what editors take", async () => {
  const { status, stdout } = await ovenbird(["schema"]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: "object", required: ["image"] });
});
