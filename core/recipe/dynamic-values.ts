import { type DynamicValues, isDynamic } from "./dynamic.ts";
import type { Complaint } from "./explain.ts";
import type { Values } from "./fill.ts";
import { isFilled, nameOf, referencesIn } from "./references.ts";
import { mapLeaves, type Path } from "./tree.ts";

const isBelow = (path: Path, parent: Path): boolean =>
  parent.every((part, index) => path[index] === part);

/** References that only a bake on AWS fills in, and nothing here does; not those of steps at `skipped`. */
export const dynamicComplaints = (
  written: unknown,
  values: Values,
  skipped: readonly Path[],
): Complaint[] => {
  const found: Complaint[] = [];
  mapLeaves(written, (text, path) => {
    if (typeof text !== "string" || !isFilled(path)) return;
    if (skipped.some((parent) => isBelow(path, parent))) return;
    const names = referencesIn(text)
      .filter(({ escaped }) => !escaped)
      .flatMap(({ written: reference }) => nameOf(reference) ?? []);
    for (const name of new Set(names)) {
      if (!isDynamic(name) || values.has(name)) continue;
      const message = `only a bake on AWS fills in \${${name}}, and this one is on one machine`;
      const hint = `bake with --on aws, or declare ${name} under parameters and give it a value`;
      found.push({ path, on: "value", message, hint });
    }
  });
  return found;
};

/** What is wrong with a region that a recipe names, where the bake's is known. */
export const regionComplaints = (
  region: string | undefined,
  { BUILD_REGION: own }: DynamicValues,
): Complaint[] => {
  if (region === undefined || own === undefined || region === own) return [];
  const message = `the recipe is for ${region}, and this bakery is in ${own}`;
  const hint = `drop it in the bakery of ${region}, or write \${BUILD_REGION}, or leave region out`;
  return [{ path: ["image", "region"], on: "value", message, hint }];
};
