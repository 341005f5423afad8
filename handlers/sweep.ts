import { ec2Held } from "../aws/held.ts";
import { removeUnusedCopies } from "../aws/origin/remove-copies.ts";
import { findSource } from "../core/bake-source.ts";
import { isEndingTold } from "../core/ending.ts";
import type { BakeId } from "../core/ids.ts";
import { oldestBake, sweep } from "../core/sweep.ts";
import { SweepOrder, type SweepReport } from "../core/sweep-report.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { ended, executions } from "./shared/ended.ts";
import { release } from "./shared/releases.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";

/** Days that a stock image's copy is kept for the next bake when nothing descends from it. */
const copyLifetime = 7;

/** Seconds that a bake may take; one that somebody started by hand has no policy. */
const longest = async (bake: BakeId): Promise<number> =>
  (await findSource(artifacts, bake))?.longest ?? oldestBake;

const ports = {
  ...{ held: ec2Held({ ec2, stage }), executions, longest, release },
  ...{ isTold: (bake: BakeId) => isEndingTold(artifacts, bake), end: ended },
};

/** What dead bakes left, and copies that nothing needs: says what it released, or would. */
export const handler = async (event: unknown): Promise<SweepReport> => {
  const { dryRun } = SweepOrder.parse(event ?? {});
  const bakes = await sweep(ports, { dryRun });
  const copies = await removeUnusedCopies({ ec2, s3, stage }, copyLifetime, dryRun);
  process.stdout.write(`${JSON.stringify({ message: "sweep", dryRun, bakes, copies })}\n`);
  return { dryRun, bakes, copies };
};
