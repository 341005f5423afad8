import { readTop } from "./sources.ts";

/** A state as the ASL has it: its fields by name. */
export interface State {
  name: string;
  type: string;
  fields: Record<string, unknown>;
}

type Json = Record<string, unknown>;

export const definition = JSON.parse(readTop("statemachines/bake.asl.json")) as Json;

/** Every state of a machine, those in branches and iterators too. */
export const statesOf = (machine: Json): State[] =>
  Object.entries(machine["States"] as Record<string, Json>).flatMap(([name, fields]) => [
    { name, type: String(fields["Type"]), fields },
    ...((fields["Branches"] ?? []) as Json[]).flatMap(statesOf),
  ]);

export const states = statesOf(definition);
export const tasks = states.filter(({ type }) => type === "Task");

/** The names under which a state catches or retries. */
export const errorsOf = ({ fields }: State): string[] =>
  [...((fields["Retry"] ?? []) as Json[]), ...((fields["Catch"] ?? []) as Json[])].flatMap(
    (entry) => entry["ErrorEquals"] as string[],
  );

/** `RegisterImage` is in `register-image.ts`. */
export const kebab = (name: string): string =>
  name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
