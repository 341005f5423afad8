import { expect, test } from "vitest";
import { holdOrigin } from "../../../core/policy/hold-origin.ts";
import { refusalText, refusedOrigins } from "../../../core/policy/judge-origin.ts";
import { RecipePolicy } from "../../../core/policy/schema.ts";
import { someBake } from "../../support/local-state.ts";
import { facts, least, now, parent, policyOf, said, scratch, stock, stockDisk } from "./facts.ts";

const stranger = stock({ owner: "666666666666", ownerAlias: undefined });
const account = "123456789012";

const of = (...lineage: (typeof parent)[]) => refusedOrigins(least, { lineage, account, now });

test("an origin is refused for what the finished image would be rejected for, in the same words", () => {
  const [refused, ...others] = refusedOrigins(least, { lineage: [stranger], account, now });
  expect(others).toEqual([]);
  expect(refused).toEqual(said("owners", facts({}, { lineage: [stranger], account })));
  expect(refused && refusalText(refused)).toMatch(/^owners: ami-.* is of 666666666666, .*; start/);
});

test("a stock disk whose digest the recipe does not say is refused, and one behind a parent is not", () => {
  const [refused, ...others] = of(stockDisk);
  expect(others).toEqual([]);
  expect(refused).toEqual(said("pinned", facts({}, { lineage: [stockDisk] })));
  expect(of({ ...stockDisk, demanded: true })).toEqual([]);
  expect(of(parent, stockDisk)).toEqual([]);
});

test("the stock image behind an image of ours counts, and what is no stock image does not", () => {
  expect(of(parent, stranger).map(({ rule }) => rule)).toEqual(["owners"]);
  expect(of(parent, scratch)).toEqual([]);
  expect(of(stock())).toEqual([]);
});

test("what only reports, is waived, or is the account's own refuses nothing", () => {
  const refused = (text: string, owner = "666666666666") =>
    refusedOrigins(policyOf(text), {
      ...{ lineage: [stock({ owner, ownerAlias: undefined })], account, now },
    });
  expect(refused("{ owners: { mode: report } }")).toEqual([]);
  const waiver = "rule: owners, reason: a partner's, expires: 2026-12-31";
  expect(refused(`{ waivers: [{ ${waiver} }] }`)).toEqual([]);
  expect(refused("{ owners: { allowed: [self] } }", account)).toEqual([]);
  expect(refused("{ origin_age: { mode: enforce, most: 1 } }")).toMatchObject([
    { rule: "owners" },
    { rule: "origin_age" },
  ]);
});

test("a recipe that allows fewer owners than its operator is held to that", async () => {
  const operators = policyOf("{ owners: { allowed: [amazon, self] } }");
  const hold = holdOrigin({ policyOf: async () => ({ policy: operators }), account });
  const lineage = [stock()];
  await expect(hold(someBake(), {}, lineage)).resolves.toBeUndefined();
  const policy = RecipePolicy.parse({ owners: { allowed: ["self"] } });
  await expect(hold(someBake(), { policy }, lineage)).rejects.toMatchObject({
    ...{ name: "PolicyRefused", message: expect.stringMatching(/^owners: ami-00000000000000001/) },
  });
});
