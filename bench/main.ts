import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import prettyBytes from "pretty-bytes";
import { table } from "../cli/table.ts";
import { measured } from "./command.ts";
import { median, ratio } from "./median.ts";
import { bakeLoudly } from "./output.ts";
import { bakeScratch, bareMmdebstrap, openKitchen } from "./scratch.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 3) throw new Error("--rounds is a number, at least 3");

const say = (text: string) => process.stderr.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), "ovenbird-bench-"));
try {
  const kitchen = await openKitchen(folder);
  say("a first bake, which fills the cache of packages");
  await bakeScratch(kitchen);
  const bakes: Awaited<ReturnType<typeof bakeScratch>>[] = [];
  const bare: Awaited<ReturnType<typeof bareMmdebstrap>>[] = [];
  for (let round = 1; round <= rounds; round++) {
    bare.push(await bareMmdebstrap(kitchen));
    bakes.push(await bakeScratch(kitchen));
    const [a, b] = [bakes.at(-1)?.seconds, bare.at(-1)?.installed];
    say(`round ${round} of ${rounds}: bake ${a?.toFixed(1)} s, bare ${b?.toFixed(1)} s`);
  }
  const loud = await bakeLoudly(kitchen);
  const help: number[] = [];
  for (let round = 0; round < 11; round++) help.push((await measured(["--help"])).seconds);
  const baked = bakes.map(({ seconds }) => seconds);
  const peak = Math.max(...bakes.map(({ peak }) => peak));
  const rows = [
    [
      "scratch bake without boot test ÷ bare mmdebstrap",
      ratio(
        baked,
        bare.map(({ installed }) => installed),
      ),
      "≤ 1.10",
    ],
    [
      "the same ÷ bare mmdebstrap, until it is on the disk",
      ratio(
        baked,
        bare.map(({ written }) => written),
      ),
      "",
    ],
    ["memory of ovenbird, its most in a bake", prettyBytes(peak), "< 250 MB"],
    ["the same, 64 GiB disk and a step that prints 1 GiB", prettyBytes(loud), "< 250 MB"],
    ["ovenbird --help", `${Math.round(median(help) * 1000)} ms`, "< 150 ms"],
  ];
  process.stdout.write(`${table(["what", "median", "at most"], rows)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
