import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { builderFiles, type BuilderOrder } from "../../core/builder-order.ts";
import { NotFound, NotReady } from "../../core/errors.ts";
import { newSealKey, unseal } from "../../core/sealed.ts";
import type { Store } from "./store.ts";

const Secrets = z.record(z.string(), z.string());

/** Milliseconds: the function that seals them comes by every few seconds. */
const patience = 10 * 60 * 1000;
const pause = 1000;

/**
 * The values of a recipe's secrets: asked for with a key that only this process has, and removed
 * from the bucket when they came. Throws NotReady when they do not come.
 */
export const receiveSecrets = async (
  { recipe }: BuilderOrder,
  store: Store,
  wait = patience,
): Promise<Record<string, string>> => {
  if (recipe.secrets.length === 0) return {};
  const { privateKey, publicPem } = await newSealKey();
  await store.write(builderFiles.key, publicPem);
  const until = Date.now() + wait;
  for (;;) {
    const sealed = await store.read(builderFiles.secrets).catch((error: unknown) => {
      if (!(error instanceof NotFound)) throw error;
    });
    if (sealed !== undefined) {
      await store.remove(builderFiles.key); // else they would be sealed and put there again
      await store.remove(builderFiles.secrets);
      return Secrets.parse(JSON.parse(unseal(privateKey, sealed.toString("utf8"))));
    }
    if (Date.now() > until) {
      throw new NotReady(
        "the recipe's secrets did not reach the builder in time; is RunAgent polled?",
      );
    }
    await sleep(pause);
  }
};
