import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../cli/table.ts";
import { bakeChild, bakeChildren, bareChild, bareNginx, forgetSteps, openFamily } from "./child.ts";
import { median, ratio } from "./median.ts";
import { openKitchen } from "./scratch.ts";

/*
 * `npm run bench:children`: what bakes of existing disks take, without their boot tests, beside
 * what bare tools take for the same.
 */

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
const many = Number(values.rounds);
if (!Number.isInteger(many) || many < 1) throw new Error("--rounds is a number, at least 1");

const say = (text: string) => process.stderr.write(`${text}\n`);

/**
 * What is compared is done by turns, and nothing else between: where memory was free for half a
 * minute, a virtual machine's host may have taken it, and whoever needs most of it waits for it.
 */
const rounds = async <Name extends string>(
  sides: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> => {
  const names = Object.keys(sides) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let round = 1; round <= many; round++) {
    for (const name of names) times[name].push(await sides[name]());
    const last = names.map((name) => `${name} ${times[name].at(-1)?.toFixed(1)}`);
    say(`round ${round} of ${many}: ${last.join(", ")}`);
  }
  return times;
};

const folder = await mkdtemp(join(tmpdir(), "ovenbird-bench-"));
try {
  say("a parent with 1 GB of files");
  const family = await openFamily(await openKitchen(folder));
  const nothing = await rounds({
    bare: () => bareChild(family),
    one: () => bakeChild(family, "nothing"),
    two: () => bakeChildren.byOneCommand(family, ["nothing", "other"]),
    "by two commands": () => bakeChildren.bySeveral(family, ["nothing", "other"]),
  });
  const nginx = await rounds({
    bare: () => bareChild(family, bareNginx),
    ours: () => bakeChild(family, "nginx"),
  });
  const edited = await rounds({
    async first() {
      await forgetSteps(family);
      return bakeChild(family, "edited", ["--set", "EDIT=first"]);
    },
    again: () => bakeChild(family, "edited", ["--set", "EDIT=again"]),
  });
  const beyond = median(nothing.one) - median(nothing.bare);
  const rows = [
    ["child with nothing to do, beyond cp, mount and umount", `${beyond.toFixed(1)} s`, "≤ 3 s"],
    ["child with nginx ÷ a script in a chroot", ratio(nginx.ours, nginx.bare), "≤ 1.15"],
    ["two children at once ÷ one", ratio(nothing.two, nothing.one), "≤ 1.30"],
    ["the same, by two commands ÷ one", ratio(nothing["by two commands"], nothing.one), ""],
    ["first bake ÷ rebake with another last step", ratio(edited.first, edited.again), "≥ 5"],
  ];
  process.stdout.write(`${table(["what", "median", "target"], rows)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
