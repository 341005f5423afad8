/** Where a value sits in a recipe: the keys and list indexes that lead to it. */
export type Path = readonly PropertyKey[];

export const isMap = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const child = (value: unknown, key: PropertyKey): unknown => {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

/** The value at a path, or undefined when the path leads nowhere. */
export const valueAt = (tree: unknown, path: Path): unknown => path.reduce(child, tree);

/** A copy in which every string, or other leaf, is what `change` makes of it. */
export const mapLeaves = (
  value: unknown,
  change: (leaf: unknown, path: Path) => unknown,
  path: Path = [],
): unknown => {
  if (Array.isArray(value)) {
    return value.map((item, index) => mapLeaves(item, change, [...path, index]));
  }
  if (!isMap(value)) return change(value, path);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change, [...path, key])]),
  );
};

/** The steps of a recipe as written, each with its path; `configure:` is one step or a list. */
export const stepsIn = (tree: unknown): { path: Path; step: unknown }[] => {
  const configure = valueAt(tree, ["image", "configure"]);
  if (configure === undefined) return [];
  if (!Array.isArray(configure)) return [{ path: ["image", "configure"], step: configure }];
  return configure.map((step, index) => ({ path: ["image", "configure", index], step }));
};
