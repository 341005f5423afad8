import type { Ancestor, OriginReference, UncopiedStock } from "../origin.ts";
import type { Complaint } from "../recipe/explain.ts";
import { isOwnerAllowed } from "../policy/owner-allowed.ts";
import { complaintsAbout, type PolicyInForce } from "./in-force.ts";

const path = ["image", "origin"];

/** What a policy says to an origin as the recipe names it. */
export const originComplaints = (inForce: PolicyInForce, origin: OriginReference): Complaint[] => {
  const { scratch, recipes, owners, parameters } = inForce.policy.origins;
  const ask = (what: string, value: string, allowed: readonly string[]) =>
    complaintsAbout(inForce, { path, what, value, allowed });
  switch (origin.kind) {
    case "scratch":
      return ask("from scratch, the distribution", origin.distribution, scratch);
    case "recipe":
      return ask("starting from the recipe", origin.recipe, recipes);
    case "filter":
      return origin.owners.flatMap((owner) => ask("a stock image of", owner, owners));
    case "parameter":
      return ask("the parameter", origin.parameter, parameters);
    case "image":
    case "file":
      return []; // whose it is one knows when it was found
  }
};

/**
 * What a policy says to what the origin turned out to be. An image that a recipe names by its id is
 * known by its owner only now; a filter's owners EC2 has held already, and who may write the
 * parameter that a policy trusts decides on its image. `account` is the stage's own.
 */
export const foundOriginComplaints = (
  inForce: PolicyInForce,
  reference: OriginReference,
  { found, account }: { found: Ancestor | UncopiedStock; account: string },
): Complaint[] => {
  if (reference.kind !== "image") return [];
  const { images, owners, recipes } = inForce.policy.origins;
  if (found.kind === "image") {
    const what = "starting from an image of the recipe";
    return complaintsAbout(inForce, { path, what, value: found.name, allowed: recipes });
  }
  if (found.kind !== "stock" || isOwnerAllowed(found, { owners, images }, account)) return [];
  const what = `the image ${reference.imageId}, of`;
  return complaintsAbout(inForce, { path, what, value: found.owner, allowed: owners });
};
