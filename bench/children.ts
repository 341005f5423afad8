import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../cli/table.ts";
import { bakeChild, bareChild, bareNginx, forgetSteps, openFamily } from "./child.ts";
import { median, ratio } from "./median.ts";
import { openKitchen } from "./scratch.ts";

/*
 * `npm run bench:children`: what bakes of existing disks take, without their boot tests, beside
 * what bare tools take for the same.
 */

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds is a number, at least 1");

const say = (text: string) => process.stderr.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), "ovenbird-bench-"));
try {
  say("a parent with 1 GB of files");
  const family = await openFamily(await openKitchen(folder));
  const times = {
    ...{ bare: [], nothing: [], both: [], bareNginx: [], nginx: [], first: [], again: [] },
  } as Record<"bare" | "nothing" | "both" | "bareNginx" | "nginx" | "first" | "again", number[]>;
  for (let round = 1; round <= rounds; round++) {
    times.bare.push(await bareChild(family));
    times.nothing.push(await bakeChild(family, "nothing"));
    // until the later of them would be booted, as one alone is measured
    const both = await Promise.all([bakeChild(family, "nothing"), bakeChild(family, "other")]);
    times.both.push(Math.max(...both));
    times.bareNginx.push(await bareChild(family, bareNginx));
    times.nginx.push(await bakeChild(family, "nginx"));
    await forgetSteps(family);
    times.first.push(await bakeChild(family, "edited", ["--set", "EDIT=first"]));
    times.again.push(await bakeChild(family, "edited", ["--set", "EDIT=again"]));
    say(
      `round ${round} of ${rounds}: ${Object.entries(times)
        .map(([name, taken]) => `${name} ${taken.at(-1)?.toFixed(1)}`)
        .join(", ")}`,
    );
  }
  const beyond = median(times.nothing) - median(times.bare);
  const rows = [
    ["child with nothing to do, beyond cp, mount and umount", `${beyond.toFixed(1)} s`, "≤ 3 s"],
    ["child with nginx ÷ a script in a chroot", ratio(times.nginx, times.bareNginx), "≤ 1.15"],
    ["two children at once ÷ one", ratio(times.both, times.nothing), "≤ 1.30"],
    ["first bake ÷ rebake with another last step", ratio(times.first, times.again), "≥ 5"],
  ];
  process.stdout.write(`${table(["what", "median", "target"], rows)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
