import { fits } from "../../pattern.ts";
import type { Looks } from "../looks.ts";

export const recipeLooks: Looks<"required_steps"> = {
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
