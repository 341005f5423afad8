import type { HostAccess } from "./host.ts";
import type { Architecture, ResolvedRecipe } from "./job.ts";
import type { Step } from "./step.ts";
import type { OriginReference } from "./origin.ts";
import type { Origin } from "./ports.ts";
import { settleOrigin } from "./settle-origin.ts";

/** What a bake would do. */
export interface BakePlan {
  image: string;
  /** Absent where it is that of an origin that is not baked yet. */
  architecture?: Architecture;
  /** GiB; absent likewise. */
  rootVolumeSize?: number;
  origin: OriginReference;
  /** What the origin is at this moment; absent for one that is baked first. */
  from?: Origin;
  parameters: Record<string, string>;
  /** Names of secrets, never their values. */
  secrets: string[];
  steps: { name: string; kind: Step["kind"]; skipped?: string }[];
  /** What it would do to the machine that bakes, which takes `--allow-host`. */
  host?: HostAccess;
  tests: string[];
  tags: Record<string, string>;
}

/** The plan of a recipe whose origin was found, or is to be baked first. Throws OriginRefused. */
export const planBake = (recipe: ResolvedRecipe, from?: Origin): BakePlan => {
  const { architecture, rootVolumeSize } = from ? settleOrigin(recipe, from) : recipe;
  return {
    image: recipe.name,
    ...{ architecture, rootVolumeSize, origin: recipe.origin, from },
    parameters: recipe.parameters,
    secrets: recipe.secrets.map(({ name }) => name),
    steps: recipe.steps.map(({ name, kind, skipped }) => ({ name, kind, skipped })),
    ...(recipe.host && { host: recipe.host }),
    tests: recipe.tests.map(({ name }) => name),
    tags: recipe.tags,
  };
};
