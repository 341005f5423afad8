import * as z from "zod";

/** What a plan reads of a state on the road of a bake that succeeds. */
const State = z.object({
  Type: z.enum(["Task", "Parallel", "Choice", "Pass", "Succeed", "Fail"]),
  Next: z.string().optional(),
  Default: z.string().optional(),
  get Branches(): z.ZodOptional<z.ZodArray<typeof Machine>> {
    return z.array(Machine).optional();
  },
});
const Machine = z.object({ StartAt: z.string(), States: z.record(z.string(), State) });
type Machine = z.infer<typeof Machine>;

/** A state that is entered, with what happens in it at the same time. */
export interface Stop {
  name: string;
  isTask: boolean;
  branches: Stop[][];
}

/**
 * The states of a bake that nothing happens to, in their order: of a choice, its default. The
 * definition is the bake's ASL. Throws where it leads nowhere.
 */
export const roadOf = (definition: unknown): Stop[] => walk(Machine.parse(definition));

const walk = ({ StartAt, States }: Machine): Stop[] => {
  const road: Stop[] = [];
  let next: string | undefined = StartAt;
  while (next !== undefined) {
    const state: z.output<typeof State> | undefined = States[next];
    if (state === undefined) throw new Error(`the state machine has no state ${next}`);
    const { Type, Branches = [] } = state;
    road.push({ name: next, isTask: Type === "Task", branches: Branches.map(walk) });
    next = state.Next ?? state.Default;
  }
  return road;
};

/** All states of a road, those in branches too. */
export const stopsOf = (road: readonly Stop[]): Stop[] =>
  road.flatMap((stop) => [stop, ...stop.branches.flatMap(stopsOf)]);
