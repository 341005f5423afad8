import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Image } from "../../core/image.ts";
import { bakeFamily } from "../../cli/bake-family.ts";
import type { Order } from "../../cli/load-recipes.ts";
import { parseRecipe } from "../../core/recipe/read.ts";
import { recipeOf } from "../support/agent-run.ts";

const order = (name: string, parent?: string): Order => ({
  ...{ name, parent, recipePath: `${name}.yaml`, shown: `${name}.yaml`, parameters: {} },
  ...{ recipe: recipeOf({ name }), hostUses: { keys: [], paths: [] } },
  parsed: parseRecipe(`image: { name: ${name}, origin: scratch }`, `${name}.yaml`),
});

/** Bakes that take a moment, and what was seen of them. */
const kitchen = (broken: readonly string[] = []) => {
  const log: string[] = [];
  let busy = 0;
  let most = 0;
  const bake = async ({ name }: Order): Promise<Image> => {
    most = Math.max(most, ++busy);
    log.push(`${name} begins`);
    await sleep(20);
    busy--;
    log.push(`${name} ends`);
    if (broken.includes(name)) throw new Error(`${name} is burnt`);
    return { name } as Image;
  };
  return { bake, log, most: () => most };
};

test("a child begins when its parent has ended, even where there is room", async () => {
  const { bake, log } = kitchen();
  const baked = await bakeFamily([order("base"), order("web", "base")], 4, bake);
  expect(log).toEqual(["base begins", "base ends", "web begins", "web ends"]);
  expect(baked.map(({ name }) => name)).toEqual(["base", "web"]);
});

test("as many are baked at once as there are places", async () => {
  for (const places of [1, 2]) {
    const { bake, most } = kitchen();
    await bakeFamily(
      ["a", "b", "c", "d"].map((name) => order(name)),
      places,
      bake,
    );
    expect(most()).toBe(places);
  }
});

test("one that fails keeps its descendants from being baked, and no other", async () => {
  const { bake, log } = kitchen(["base"]);
  const orders = [order("base"), order("web", "base"), order("shop", "web"), order("other")];
  await expect(bakeFamily(orders, 1, bake)).rejects.toMatchObject({
    errors: [
      { message: "base is burnt" },
      { name: "ParentFailed", message: "web was not baked, because base was not" },
      { name: "ParentFailed", message: "shop was not baked, because web was not" },
    ],
  });
  expect(log).toEqual(["base begins", "base ends", "other begins", "other ends"]);
});

test("a parent that is not among them is no reason to wait", async () => {
  const { bake, log } = kitchen();
  await bakeFamily([order("web", "elsewhere")], 1, bake);
  expect(log).toEqual(["web begins", "web ends"]);
});
