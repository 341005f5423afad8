import type { BakeId } from "../../core/ids.ts";
import { findMachines, isAlive, type Machines, terminate } from "../machine/instances.ts";
import { codeOf } from "../machine/refusals.ts";
import { tieDisk } from "./attachment.ts";
import { type Disk, findDisks, removeDisks } from "../machine/disks.ts";
import { isKept } from "./keep.ts";
import { removeGroups } from "./security-group.ts";

/**
 * Ends the bake's builders, but for kept ones, and deletes disks and groups that nothing uses;
 * says how many builders it ended. What is in use by a builder that is shutting down goes with it,
 * or by the next release: the bake's last one, the one after its end, or the sweep.
 */
export const releaseBuilders = async (aws: Machines, bake: BakeId): Promise<number> => {
  const builders = (await findMachines(aws, { bake, role: "builder" })).filter(isAlive);
  const now = Date.now();
  const kept = new Set<string>(builders.filter((one) => isKept(one, now)).map(({ id }) => id));
  const disks = await findDisks(aws, { bake, role: "working-disk" });
  const ours = disks.filter(
    ({ builder = "", attachments }) =>
      ![builder, ...attachments.map(({ to }) => to)].some((id) => kept.has(id)),
  );
  await tieDisks(aws, ours);
  const ended = await terminate(
    aws,
    builders.filter(({ id }) => !kept.has(id)),
  );
  await removeDisks(aws, ours);
  // what a builder has that ends now is in use
  if (kept.size === 0 && ended === 0) await removeGroups(aws, bake);
  return ended;
};

/** A disk that was attached just now may not go with its builder yet. */
const tieDisks = async (aws: Machines, disks: readonly Disk[]): Promise<void> => {
  for (const disk of disks) {
    try {
      await tieDisk(aws, disk);
    } catch (error) {
      // the builder ends already, or the disk was taken off it: it is then deleted as any other
      if (!/^(?:InvalidInstance|IncorrectInstanceState|IncorrectState)/.test(codeOf(error))) {
        throw error;
      }
    }
  }
};
