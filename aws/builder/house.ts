import * as z from "zod";
import { BakeId, BuilderId } from "../../core/ids.ts";
import { findMachines, type Machines } from "../machine/instances.ts";
import type { Bucket } from "../objects.ts";
import { type Look, sharedLook } from "../shared-look.ts";
import { tagKeys } from "../tags.ts";

/** The stage's living builders, the oldest first. */
const House = z.array(z.strictObject({ id: BuilderId, bake: BakeId }));
export type House = z.infer<typeof House>;

/** Milliseconds for which a look at them is as good as a new one. */
const fresh = 10_000;

/** The builders of the stage, as somebody saw them a moment ago: it is one look for all bakes. */
export const seeHouse = (aws: Machines & Bucket): Promise<Look<House>> =>
  sharedLook(aws, { name: "house", schema: House, fresh, ask: () => look(aws) });

const look = async (aws: Machines): Promise<House> => {
  const machines = await findMachines(aws, { role: "builder", among: "living" });
  return machines.flatMap(({ id, tags }) => {
    const bake = BakeId.safeParse(tags.get(tagKeys.bake));
    return bake.success ? [{ id, bake: bake.data }] : [];
  });
};

/** How many bakes a sentence names. */
const named = 5;

/** What a bake waits for while the stage has as many builders as it may. */
export const fullHouse = ({ stage }: Pick<Machines, "stage">, bakes: readonly BakeId[]): string => {
  const more = bakes.length - named;
  const others = more > 0 ? ` and ${more} more` : "";
  return `waits for one of ${bakes.length} builders, as many as the stage ${stage.name} may have at once: those of ${bakes.slice(0, named).join(", ")}${others}`;
};
