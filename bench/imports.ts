import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildFunctions } from "../pack/functions.ts";
import { pretendStage } from "../test/support/pretend-stage.ts";

/** Milliseconds of one import: by the clock, and of processors, which others do not lengthen. */
export interface ImportTime {
  clock: number;
  processor: number;
}

export interface BuiltFunction {
  name: string;
  /** Bytes. */
  size: number;
  packed: number;
  times: ImportTime[];
  /** Milliseconds that its import may take at most: EC2's client alone takes most of it. */
  limit: number;
}

const environment = { AWS_REGION: "eu-west-1", OVENBIRD_STAGE: JSON.stringify(pretendStage) };

/** Imports it in a Node of its own. */
const importOf = (path: string): ImportTime => {
  const script = `const clock = performance.now(), used = process.cpuUsage();
    await import(${JSON.stringify(path)});
    const { user, system } = process.cpuUsage(used);
    console.log(JSON.stringify({
      clock: performance.now() - clock, processor: (user + system) / 1000,
    }));`;
  const node = ["--input-type=module", "--eval", script];
  const told = execFileSync(process.execPath, node, { encoding: "utf8", env: environment });
  return JSON.parse(told) as ImportTime;
};

const limitOf = (code: string): number => (code.includes("ec2.amazonaws.com/doc") ? 150 : 90);

/** What all others are to be compared with: EC2's client as anyone would bundle it, one call of it. */
export const yardstick = "EC2's client alone";

const bundleYardstick = async (outfile: string): Promise<void> => {
  const contents =
    'import { DescribeSnapshotsCommand, EC2Client } from "@aws-sdk/client-ec2";' +
    "export const handler = () => new EC2Client({}).send(new DescribeSnapshotsCommand({}));";
  await build({
    ...{ stdin: { contents, resolveDir: resolve(".") }, outfile, bundle: true, minify: true },
    ...{ platform: "node", format: "esm", target: "node24", mainFields: ["module", "main"] },
    banner: {
      js: 'import{createRequire as ovenbirdCreateRequire}from"node:module";const require=ovenbirdCreateRequire(import.meta.url);',
    },
  });
};

/**
 * Builds every function and imports each so many times, in turns, so that whatever else the machine
 * does slows all of them. The yardstick is among them.
 */
export const measureImports = async (rounds: number): Promise<BuiltFunction[]> => {
  const folder = await mkdtemp(join(tmpdir(), "ovenbird-functions-"));
  try {
    await buildFunctions(folder);
    await bundleYardstick(join(folder, yardstick, "index.mjs"));
    const all = await Promise.all((await readdir(folder)).map((name) => describe(folder, name)));
    for (let round = 0; round < rounds; round++) {
      for (const { name, times } of all) times.push(importOf(join(folder, name, "index.mjs")));
    }
    return all.toSorted((one, other) => other.size - one.size);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const describe = async (folder: string, name: string): Promise<BuiltFunction> => {
  const code = await readFile(join(folder, name, "index.mjs"), "utf8");
  const sizes = { size: code.length, packed: gzipSync(code).length };
  return { name, ...sizes, times: [], limit: limitOf(code) };
};
