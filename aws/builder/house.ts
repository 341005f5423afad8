import type { BakeId } from "../../core/ids.ts";
import type { Machines } from "../machine/instances.ts";

/** How many bakes a sentence names. */
const named = 5;

/** What a bake waits for while the stage has as many builders as it may. */
export const fullHouse = ({ stage }: Pick<Machines, "stage">, bakes: readonly BakeId[]): string => {
  const more = bakes.length - named;
  const others = more > 0 ? ` and ${more} more` : "";
  return `waits for one of ${bakes.length} builders, as many as the stage ${stage.name} may have at once: those of ${bakes.slice(0, named).join(", ")}${others}`;
};
