import { posix } from "node:path";
import { packBundle } from "../archive/pack.ts";
import { writeSource } from "../bake-source.ts";
import { bakeOfDrop, type Drop, dropHash, isDropKey, prefixOf } from "../drop.ts";
import type { Dropping, Fate } from "../drops.ts";
import { NotFound } from "../errors.ts";
import type { BakeId } from "../ids.ts";
import { checkDrop, type CheckedDrop } from "./check-drop.ts";
import { openDrop, refuseLarge } from "./open-drop.ts";
import type { WayIn } from "./ports.ts";

/** Where a bake's files are, with their permissions and links, among its artifacts. */
export const bundleArchive = "bundle.tar.gz";

/**
 * Starts the bake of what was dropped, if it is one: once, however often and in whatever order
 * its events come, as the bake's id is that of the object's version. What is no recipe is left
 * alone; what is refused is announced, with the positions of what is wrong.
 */
export const startBake = async (ports: WayIn, drop: Drop): Promise<Fate> => {
  if (!isDropKey(drop.key)) return ignored(`${drop.key} is no recipe by its name`);
  const fate = await fateOf(ports, drop);
  await ports.fates.tell(dropHash(drop), fate);
  return fate;
};

const ignored = (why: string): Fate => ({ outcome: "ignored", why });

const fateOf = async (ports: WayIn, drop: Drop): Promise<Fate> => {
  try {
    refuseLarge(drop);
    const dropping = await readDrop(ports, drop);
    if (dropping === undefined) return ignored(`${drop.key} was removed before it was read`);
    const open = await openDrop(drop, dropping);
    if (open === undefined) return ignored(`${drop.key} is a file of a folder, and no recipe`);
    const { parameters } = dropping;
    const checked = await checkDrop(ports, { drop, open, parameters });
    return await started(ports, { ...checked, drop, parameters });
  } catch (error) {
    if (error instanceof Error && refusals.has(error.name)) return refused(ports, drop, error);
    throw error;
  }
};

const readDrop = async ({ drops }: WayIn, drop: Drop): Promise<Dropping | undefined> => {
  try {
    return await drops.read(drop.key, drop.versionId);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

/** What is wrong with the drop, and not with us. */
const refusals = new Set(["InvalidRecipe", "PolicyRefused", "UnusableArchive", "InvalidInput"]);

/** The announcement's id is the drop's, so that an event that comes twice tells it once. */
const refused = async (ports: WayIn, drop: Drop, error: Error): Promise<Fate> => {
  const { name, message } = error;
  await ports.announcements.announce({
    ...{ version: 1, id: `drop-${dropHash(drop)}`, outcome: "failed" },
    ...{ name: drop.key, error: name, message, at: new Date().toISOString() },
  });
  return { outcome: "refused", error: name, message };
};

interface Order extends CheckedDrop {
  drop: Drop;
  parameters: Record<string, string>;
}

const started = async (ports: WayIn, order: Order): Promise<Fate> => {
  const bake = bakeOfDrop(order.recipe.name, order.drop);
  // a late event must not change the files under a bake that runs
  if ((await ports.executions.describe(bake)) !== undefined) {
    return { outcome: "started", bake, again: true };
  }
  const recipe = await store(ports, bake, order);
  const input = { recipe, parameters: order.parameters, keep_builder: false };
  const again = (await ports.executions.start(bake, input)) === "again";
  return { outcome: "started", bake, again };
};

/** Stores what the bake reads; answers the recipe's name in its bundle. */
const store = async ({ artifacts }: WayIn, bake: BakeId, order: Order): Promise<string> => {
  const { drop, bundle, beside, inForce } = order;
  const [recipe] = bundle.entries.keys();
  const file = bundle.entries.get(recipe ?? "");
  if (recipe === undefined || file?.is !== "file") throw new Error("a bundle has no recipe");
  await artifacts.put(bake, posix.join("bundle", recipe), file.bytes);
  await artifacts.put(bake, bundleArchive, packBundle(bundle.entries));
  const longest = inForce.policy.longest_bake;
  await writeSource(artifacts, bake, { drop, prefix: prefixOf(drop.key), beside, longest });
  return recipe;
};
