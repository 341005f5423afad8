import type { ResolvedRecipe } from "../job.ts";
import { HOST_KEYS, type HostKey } from "./host.ts";
import type { Problem } from "./invalid-recipe.ts";
import type { ParsedRecipe } from "./read.ts";
import { valueAt, type Path } from "./tree.ts";

/** A path of the builder that a recipe names, and how to complain about it at its place. */
export interface HostPathUse {
  path: string;
  kind: "file" | "folder";
  problem(message: string, hint: string): Problem;
}

/** What of a recipe reaches its builder. */
export interface HostUses {
  /** What an operator is told who did not allow it: one sentence a key, at its place. */
  keys: Problem[];
  paths: HostPathUse[];
}

const allow = "if you trust the recipe, run `ovenbird bake --allow-host`";

const keysOf = ({ written, problem }: ParsedRecipe): Problem[] =>
  (Object.keys(HOST_KEYS) as HostKey[]).flatMap((key) => {
    const path = ["image", "host", key];
    if (valueAt(written, path) === undefined) return [];
    return [problem({ path, on: "key", message: `host.${key} ${HOST_KEYS[key]}`, hint: allow })];
  });

/** What of a recipe reaches its builder; nothing, when it has no `host:`. */
export const hostUses = (parsed: ParsedRecipe, { host }: ResolvedRecipe): HostUses => {
  const at = (...rest: Path) => ({
    problem: (message: string, hint: string) =>
      parsed.problem({ path: ["image", "host", ...rest], on: "value", message, hint }),
  });
  const copies = (host?.copyFiles ?? []).map(({ from }, index): HostPathUse => {
    const isText =
      typeof valueAt(parsed.written, ["image", "host", "copy_files", index]) === "string";
    const path = isText ? ["copy_files", index] : ["copy_files", index, "from"];
    return { path: from, kind: "file", ...at(...path) };
  });
  const binds = (host?.mounts ?? []).flatMap((mount, index): HostPathUse[] =>
    mount.kind === "bind"
      ? [{ path: mount.source, kind: "folder", ...at("mounts", index, "bind") }]
      : [],
  );
  return { keys: keysOf(parsed), paths: [...copies, ...binds] };
};
