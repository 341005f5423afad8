import { describe, expect, test } from "vitest";
import { BakeId } from "../../../core/ids.ts";
import {
  type AwsBakery,
  type BakeOutcome,
  type BakeryOrder,
  openAwsBakery,
  stockRecipe,
} from "./bakery.ts";

export const bake = BakeId.parse("web-0123456789abcdef-1");

/** One thing that goes wrong in a state, and how the bake ends by it. */
export interface Case {
  /** What goes wrong, as the title has it. */
  when: string;
  error: string;
  /** What people are told. */
  says: RegExp;
  outcome?: "failed" | "rejected";
  order?: BakeryOrder;
  recipe?: string;
  /** Done to the account before the bake. */
  before?(bakery: AwsBakery): void;
  /** Done right after the first call of that name, whoever made it. */
  after?: { call: string; times?: number; work(bakery: AwsBakery): void };
}

/** Does something once, right after a call. */
const onCall = (bakery: AwsBakery, { call, times = 1, work }: NonNullable<Case["after"]>): void => {
  const { calls } = bakery.functions;
  const push = calls.push.bind(calls);
  let seen = 0;
  calls.push = (...more) => {
    if (more.some((one) => one.call === call) && ++seen === times) work(bakery);
    return push(...more);
  };
};

const run = async (one: Case): Promise<BakeOutcome & { left: string[] }> => {
  const bakery = openAwsBakery(one.order);
  one.before?.(bakery);
  if (one.after !== undefined) onCall(bakery, one.after);
  const outcome = await bakery.run(() => bakery.bake(bake, { recipe: one.recipe ?? stockRecipe }));
  return { ...outcome, left: bakery.left() };
};

/** Has a call fail under that name, each time that it is made. */
export const refusing = (call: string, name: string, message = "no") => ({
  before: ({ aws }: AwsBakery) =>
    aws.faults.plan({ call, fault: { kind: "error", name, message }, times: 100_000 }),
});

/** Has the stock image be so. */
export const stockIs = (about: object) => (bakery: AwsBakery) => {
  const stock = bakery.aws.images.get("ami-0123456789abcdef0");
  if (stock !== undefined) Object.assign(stock.about, about);
};

/** Has builders end after that many milliseconds, for that reason. */
export const builderEnds = (code: string, message: string, after = 2000): BakeryOrder => ({
  fate: ({ TagSpecifications = [] }) =>
    JSON.stringify(TagSpecifications).includes('"builder"')
      ? { ends: { after, code, message } }
      : {},
});

/** Where the bake has its artifacts. */
export const artifact = "test-artifacts/bakes/web-0123456789abcdef-1";

/** Removes all things of that role. */
export const remove = (kind: "images" | "snapshots", role: string) => (bakery: AwsBakery) => {
  for (const { id, tags } of bakery.aws[kind].values()) {
    if (tags.some(({ Value }) => Value === role)) bakery.aws[kind].delete(id);
  }
};

/** Holds how bakes end in that state: by what error, who is told of it, and that nothing is left. */
export const endsOf = (state: string, cases: readonly Case[]): void => {
  describe(`in ${state}`, () => {
    test.each(cases)(
      "when $when, the bake ends by $error, which is told, and nothing is left",
      async (one) => {
        const { status, error, told, left } = await run(one);
        expect({ status, error }).toEqual({ status: "FAILED", error: one.error });
        expect(left).toEqual([]);
        expect(told).toEqual([
          {
            ...{ version: 1, id: bake, bake, name: "web", stage: "test" },
            ...{ outcome: one.outcome ?? "failed", error: one.error },
            ...{ message: expect.stringMatching(one.says), at: expect.any(String) },
          },
        ]);
      },
    );
  });
};
