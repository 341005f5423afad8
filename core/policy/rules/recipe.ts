import { fits } from "../../pattern.ts";
import { unknown } from "../facts.ts";
import type { Looks } from "../looks.ts";

export const recipeLooks: Looks<"step_cache" | "required_steps"> = {
  step_cache: ({ resume }, { inventory: { resumed } }) => {
    const remedy = "bake it again with --no-cache";
    if (resume === "denied" && resumed === undefined) {
      return unknown("nobody noted whether the bake resumed from a kept disk", remedy);
    }
    if (!resumed) return { against: [], looked: "it resumed from no disk of the cache", remedy };
    const { bake, steps } = resumed;
    const after = steps === 0 ? "before the first step" : `after step ${steps}`;
    const item = { of: bake, says: `it resumed from the disk that ${bake} kept ${after}` };
    if (resume === "denied") return { against: [item], looked: "", remedy };
    return { against: [], looked: item.says, seen: [item], remedy };
  },
  required_steps: ({ names }, { recipe: { steps } }) => {
    return {
      against: names
        .filter((name) => !steps.some((step) => fits(step, [name])))
        .map((of) => ({ of, says: `no step ${JSON.stringify(of)} ran` })),
      looked: names.length === 0 ? "none is required" : "all that are required ran",
      remedy: "add the step to the recipe, under that name",
    };
  },
};
