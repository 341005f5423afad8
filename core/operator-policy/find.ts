import type { Drops } from "../drops.ts";
import { NotFound } from "../errors.ts";
import { type Own, type PolicyInForce, policyKeys } from "./in-force.ts";
import { parsePolicy } from "./read.ts";
import { leastPolicy } from "./schema.ts";

/** The policies of a stage: one holds for each drop prefix. */
export interface Policies {
  /** Throws InvalidRecipe when its file is wrong: then nothing is allowed. */
  of(prefix: string): Promise<PolicyInForce>;
}

/** The policies that lie in the bucket of drops; every call reads what is there then. */
export const policiesIn = (drops: Pick<Drops, "read">, own: Own): Policies => ({
  async of(prefix) {
    for (const file of policyKeys(prefix)) {
      const text = await textOf(drops, file);
      if (text !== undefined) return { policy: parsePolicy(text, file), prefix, file, own };
    }
    return { policy: leastPolicy(), prefix, own };
  },
});

/** Undefined only when S3 says that there is none: what cannot be read is no leave. */
const textOf = async (drops: Pick<Drops, "read">, file: string): Promise<string | undefined> => {
  try {
    return (await drops.read(file)).bytes.toString("utf8");
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};
