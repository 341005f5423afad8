import type { MemoryBundle } from "../archive/memory-bundle.ts";
import { type Drop, prefixOf } from "../drop.ts";
import { PolicyRefused } from "../errors.ts";
import type { ResolvedRecipe } from "../job.ts";
import { checkPolicy } from "../operator-policy/check.ts";
import type { PolicyInForce } from "../operator-policy/in-force.ts";
import { refuseSecretsOfMachine } from "../recipe/aws-secrets.ts";
import { bundleFiles, type BundleFile } from "../recipe/bundle.ts";
import { InvalidRecipe, problemLine } from "../recipe/invalid-recipe.ts";
import { parseRecipe, type ParsedRecipe } from "../recipe/read.ts";
import { resolveRecipe } from "../recipe/resolve.ts";
import { type Beside, fetchBeside } from "./fetch-beside.ts";
import { type OpenDrop, recipeText } from "./open-drop.ts";
import type { WayIn } from "./ports.ts";
import { selectFiles } from "./select-files.ts";

/** A drop that may be baked. */
export interface CheckedDrop {
  recipe: ResolvedRecipe;
  /** What the bake uses: the recipe, by its bare name, and the files it names. */
  bundle: MemoryBundle;
  beside: Beside[];
  inForce: PolicyInForce;
}

export interface DropOrder {
  drop: Drop;
  open: OpenDrop;
  /** Given values by name. */
  parameters: Record<string, string>;
}

/**
 * Holds what was dropped to the recipe's schema, its own files and the operator's policy. Throws
 * InvalidRecipe, PolicyRefused, UnusableArchive, with the positions of what is wrong.
 */
export const checkDrop = async (ports: WayIn, order: DropOrder): Promise<CheckedDrop> => {
  const { drop, open, parameters } = order;
  const source = open.lone ? drop.key : `${drop.key}: ${open.recipe}`;
  const parsed = parseRecipe(recipeText(open, source), source);
  const recipe = resolveRecipe(parsed, { ...ports.given, set: parameters });
  refuseSecretsOfMachine(recipe, parsed);
  const inForce = await allowed(ports, { drop, parsed, recipe });
  const files = bundleFiles(parsed, recipe);
  const beside = open.lone ? await besideOf(ports, order, files) : [];
  return { recipe, bundle: selectFiles({ open, recipe, files, source }), beside, inForce };
};

const besideOf = (ports: WayIn, { drop, open }: DropOrder, files: readonly BundleFile[]) =>
  fetchBeside(ports.drops, drop.key, {
    ...{ bundle: open.bundle, paths: files.map(({ path }) => path) },
  });

interface Asked {
  drop: Drop;
  parsed: ParsedRecipe;
  recipe: ResolvedRecipe;
}

const allowed = async ({ policies, names }: WayIn, asked: Asked): Promise<PolicyInForce> => {
  const { drop, parsed, recipe } = asked;
  const prefix = prefixOf(drop.key);
  const inForce = await policies.of(prefix).catch((error: unknown) => {
    if (!(error instanceof InvalidRecipe)) throw error;
    throw new PolicyRefused(
      `nothing is allowed while the operator's policy cannot be read:\n${error.message}`,
      { cause: error },
    );
  });
  const problems = checkPolicy(inForce, recipe, parsed);
  if (problems.length > 0) throw new PolicyRefused(problems.map(problemLine).join("\n"));
  const owner = await names.owner(recipe.name);
  if (owner === undefined || owner === prefix) return inForce;
  const place = parsed.problem({
    ...{ path: ["image", "name"], on: "value", message: nameTaken(recipe.name, owner) },
    hint: "choose another name",
  });
  throw new PolicyRefused(problemLine(place));
};

/** Says whose a name is. */
export const nameTaken = (name: string, owner: string): string =>
  `the image name ${name} belongs to ${owner === "" ? "the top of the bucket" : `${owner}/`}, which published under it first`;
