import type { Machine, Machines } from "../machine/instances.ts";
import { tagKeys } from "../tags.ts";

/** How many builders a sentence names. */
const named = 5;

/** What a bake waits for while the stage has as many builders as it may. */
export const fullHouse = ({ stage }: Pick<Machines, "stage">, builders: readonly Machine[]) => {
  const names = builders
    .slice(0, named)
    .map(({ id, tags }) => `${id} of ${tags.get(tagKeys.bake) ?? "no bake"}`);
  const more = builders.length - names.length;
  const others = more > 0 ? ` and ${more} more` : "";
  return `waits for one of ${builders.length} builders, as many as the stage ${stage.name} may have at once: ${names.join(", ")}${others}`;
};
