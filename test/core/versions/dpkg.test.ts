import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { dpkgOrder } from "../../../core/versions/dpkg.ts";

/** From lib/dpkg/t/t-version.c of dpkg's source, and examples of deb-version(7). */
const vectors: [string, "<" | "=" | ">", string][] = [
  ["0:0-0", "=", "0:0-0"],
  ["0:0-00", "=", "0:00-0"],
  ["1:2-3", "=", "1:2-3"],
  ["1:2-3", "=", "01:2-3"],
  ["2-3", "=", "0:2-3"],
  ["2", "=", "2-0"],
  ["1:0-0", ">", "0:0-0"],
  ["0:1-0", ">", "0:0-0"],
  ["0:0-1", ">", "0:0-0"],
  ["1:1", ">", "2"],
  ["0:0-0", "<", "1:0-0"],
  ["0:a-1", "<", "0:b-1"],
  ["0:0", "<", "0:0a"],
  ["1.0~rc1", "<", "1.0"],
  ["1.0~~", "<", "1.0~~a"],
  ["1.0~~a", "<", "1.0~"],
  ["1.0~", "<", "1.0"],
  ["1.0", "<", "1.0a"],
  ["1.0a", "<", "1.0+"],
  ["1.0a", "<", "1.0+b1"],
  ["1.0+b1", "<", "1.0.1"],
  ["1.9", "<", "1.10"],
  ["1.2-3-4", "<", "1.2-4-1"],
  ["3.0.11-1~deb12u2", "<", "3.0.11-1"],
  ["1:9.2p1-2+deb12u3", ">", "1:9.2p1-2+deb12u2"],
  ["2.36-9+deb12u10", ">", "2.36-9+deb12u4"],
  ["6.1.76-1", "<", "6.1.90-1"],
  ["18446744073709551616", ">", "18446744073709551615"],
];

test.each(vectors)("%s %s %s", (one, sign, other) => {
  expect(Math.sign(dpkgOrder(one, other))).toBe({ "<": -1, "=": 0, ">": 1 }[sign]);
  expect(Math.sign(dpkgOrder(other, one))).toBe({ "<": 1, "=": 0, ">": -1 }[sign]);
});

const pick = <T>(from: ArrayLike<T>): T | undefined =>
  from[Math.floor(Math.random() * from.length)];

const some = (alphabet: string, most: number): string =>
  Array.from({ length: Math.floor(Math.random() * most) }, () => pick(alphabet)).join("");

/** Versions that dpkg takes, of few characters, so that many are nearly alike. */
const someVersion = (): string => {
  const epoch = pick(["", "", "0:", "1:"]);
  const tail = pick(["", `-${some("019ab~+.", 4)}1`]);
  return `${epoch}${pick("012")}${some("0019aZ~+.", 6)}${tail}`;
};

const dpkg = existsSync("/usr/bin/dpkg");

test.skipIf(!dpkg)(`versions at random follow each other as dpkg says, where it is`, async () => {
  const pairs = Array.from({ length: 300 }, () => [someVersion(), someVersion()] as const);
  const script =
    'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi; done';
  const child = spawn("bash", ["-c", script], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(pairs.map((pair) => `${pair.join(" ")}\n`).join(""));
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => said.push(part));
  await once(child, "close");
  expect(Buffer.concat(said).toString()).toBe("");
  const theirs = Buffer.concat(out).toString().trim().split("\n").map(Number);
  const ours = pairs.map(([a, b]) => Math.sign(dpkgOrder(a, b)));
  const wrong = pairs.filter((_, at) => ours[at] !== theirs[at]);
  expect(wrong).toEqual([]);
  expect(theirs).toEqual(expect.arrayContaining([-1, 1]));
});
