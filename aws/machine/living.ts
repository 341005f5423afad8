import * as z from "zod";
import { BakeId, BuilderId } from "../../core/ids.ts";
import type { Bucket } from "../objects.ts";
import { type Look, sharedLook } from "../shared-look.ts";
import { tagKeys } from "../tags.ts";
import { findMachines, type Machine, type Machines } from "./instances.ts";

/** The stage's living machines of a role, the oldest first. */
const Living = z.array(z.strictObject({ id: BuilderId, bake: BakeId }));
export type Living = z.infer<typeof Living>;

/** By role, the name of the look. */
const names = { builder: "house", "test-machine": "test-machines" } as const;
export type SharedRole = keyof typeof names;

/** Milliseconds for which a look at them is as good as a new one. */
const fresh = 10_000;

/** As somebody saw them a moment ago: it is one look for all bakes. */
export const seeLiving = (aws: Machines & Bucket, role: SharedRole): Promise<Look<Living>> =>
  sharedLook(aws, { name: names[role], schema: Living, fresh, ask: () => look(aws, role) });

const look = async (aws: Machines, role: SharedRole): Promise<Living> => {
  const machines = await findMachines(aws, { role, among: "living" });
  return machines.flatMap(({ id, tags }) => {
    const bake = BakeId.safeParse(tags.get(tagKeys.bake));
    return bake.success ? [{ id, bake: bake.data }] : [];
  });
};

/** Milliseconds after its launch in which a machine ends that EC2 cannot start after all. */
const stillborn = 15_000;

/** Whether a look that somebody made shows that it lives, after what ends at once has ended. */
export const isSeenAlive = async (
  aws: Machines & Bucket,
  role: SharedRole,
  { id, launched }: Pick<Machine, "id" | "launched">,
): Promise<boolean> => {
  const { at, sight } = await seeLiving(aws, role);
  return at > launched.getTime() + stillborn && sight.some((one) => one.id === id);
};
