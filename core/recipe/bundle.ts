import type { ResolvedRecipe } from "../job.ts";
import type { AnsibleStep, Step } from "../step.ts";
import type { ParsedRecipe } from "./read.ts";
import { stepsIn, type Path } from "./tree.ts";

/** A file or folder of the recipe's folder that the recipe names, and where it does. */
export type BundleFile = {
  path: string;
  /** A file whose `${NAME}` are to be filled in. */
  template: boolean;
  line: number;
  column: number;
};

type Named = { path: string; template: boolean; at: Path };

const namedBy = (step: Step): Named[] => {
  if (step.skipped !== undefined) return [];
  if (step.kind === "shell" && step.script !== undefined) {
    return [{ path: step.script, template: false, at: ["shell", "script"] }];
  }
  if (step.kind === "ansible") return namedByAnsible(step);
  if (step.kind !== "files") return [];
  return step.files.flatMap(({ source, template }, index) =>
    source === undefined ? [] : [{ path: source, template, at: ["files", index, "source"] }],
  );
};

/** All of the folder; and what must be in it, so that its absence is told at its own place. */
const namedByAnsible = ({ folder, playbook = "", role }: AnsibleStep): Named[] => {
  const all = { path: folder, template: false };
  if (role === undefined) {
    const file = { path: `${folder}/${playbook}`, template: false, at: ["ansible", "playbook"] };
    return [{ ...all, at: ["ansible", "folder"] }, file];
  }
  const own = { path: `${folder}/roles/${role}`, template: false, at: ["server_role"] };
  return [{ ...all, at: ["code_repo"] }, own];
};

const namedByAssets = ({ assets }: ResolvedRecipe): Named[] =>
  assets.flatMap((asset) =>
    "source" in asset
      ? [{ path: asset.source, template: false, at: ["image", "assets", asset.name, "source"] }]
      : [],
  );

/** Paths of the files and folders that a recipe uses, in its folder. */
export const recipeFiles = (resolved: ResolvedRecipe): string[] => [
  ...new Set(
    [...namedByAssets(resolved), ...resolved.steps.flatMap(namedBy)].map(({ path }) => path),
  ),
];

/** What the recipe needs from its folder; what only skipped steps name is not among it. */
export const bundleFiles = (parsed: ParsedRecipe, resolved: ResolvedRecipe): BundleFile[] => {
  const places = stepsIn(parsed.written);
  const named = resolved.steps.flatMap((step, index) =>
    namedBy(step).map((one) => ({ ...one, at: [...(places[index]?.path ?? []), ...one.at] })),
  );
  return [...namedByAssets(resolved), ...named].map(({ path, template, at }) => {
    const { line, column } = parsed.problem({ path: at, on: "value", message: "", hint: "" });
    return { path, template, line, column };
  });
};
