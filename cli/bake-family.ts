import pLimit from "p-limit";
import type { Image } from "../core/image.ts";
import { ParentFailed } from "./errors.ts";
import type { Order } from "./load-recipes.ts";

/**
 * Bakes recipes, as many at once as there are places, each after its parent; the orders come
 * parents first. One that fails keeps only its descendants from being baked. Throws what failed,
 * as one error or an AggregateError.
 */
export const bakeFamily = async (
  orders: readonly Order[],
  places: number,
  bake: (order: Order) => Promise<Image>,
): Promise<Image[]> => {
  const limit = pLimit(places);
  const bakes = new Map<string, Promise<Image>>();
  for (const order of orders) {
    const parent = order.parent === undefined ? undefined : bakes.get(order.parent);
    bakes.set(
      order.name,
      afterParent(order, parent).then(() => limit(() => bake(order))),
    );
  }
  const ended = await Promise.allSettled(bakes.values());
  const errors = ended.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  return ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
};

const afterParent = async (order: Order, parent: Promise<Image> | undefined): Promise<void> => {
  try {
    await parent;
  } catch (error) {
    const message = `${order.name} was not baked, because ${order.parent} was not`;
    throw new ParentFailed(message, { cause: error });
  }
};
