import type { Declaration } from "./declaration.ts";
import { show, type Complaint } from "./explain.ts";
import { named, nearest } from "./nearest.ts";
import { stepsIn, valueAt, type Path } from "./tree.ts";
import { namedValues, When } from "./when.ts";

type Declarations = ReadonlyMap<string, Declaration>;

/** What is wrong with the parameters that steps' `when:` names, and their values. */
export const whenComplaints = (
  written: unknown,
  parameters: Declarations,
  broken: ReadonlySet<string>,
): Complaint[] =>
  stepsIn(written).flatMap(({ path, step }) => {
    // What does not parse is complained about elsewhere.
    const when = When.safeParse(valueAt(step, ["when"])).data ?? {};
    return Object.entries(when).flatMap(([name, condition]) => {
      const declaration = parameters.get(name);
      const at = [...path, "when"];
      if (broken.has(name)) return [];
      if (!declaration) return [undeclared(name, at, parameters)];
      if (declaration.type === "secret") return [secret(name, at)];
      return namedValues(name, condition)
        .map((named) => ({ value: named.value, path: [...at, ...named.path] }))
        .flatMap((named) => wrongValue(name, declaration, named));
    });
  });

const undeclared = (name: string, at: Path, parameters: Declarations): Complaint => {
  const meant = nearest(name, parameters.keys());
  const others = parameters.size === 0 ? "" : `, as ${named(parameters.keys())}`;
  const hint = meant ? `did you mean ${meant}?` : `declare it under parameters${others}`;
  const message = `no parameter ${name} is declared`;
  return { path: [...at, name], on: "key", message, hint };
};

const secret = (name: string, at: Path): Complaint => ({
  path: [...at, name],
  on: "key",
  message: `${name} is a secret, and no step depends on a secret`,
  hint: "declare a boolean parameter beside it, and name that one",
});

const wrongValue = (
  name: string,
  { type }: Declaration,
  { value, path }: { value: string | number | boolean; path: Path },
): Complaint[] => {
  if (typeof value !== type) {
    const hint = type === "string" ? "write it in quotes" : `write a ${type} without quotes`;
    const message = `${name} is a ${type}, and ${show(value)} is a ${typeof value}`;
    return [{ path, on: "value", message, hint }];
  }
  if (typeof value !== "string" || !value.includes("${")) return [];
  const message = "when: takes plain values";
  return [{ path, on: "value", message, hint: "leave ${…} out: nothing is filled in here" }];
};
