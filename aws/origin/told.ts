import { createHash } from "node:crypto";
import * as z from "zod";
import {
  CorruptRecord,
  NotFound,
  OriginFailed,
  OriginPending,
  OriginRefused,
} from "../../core/errors.ts";
import { SnapshotId } from "../../core/ids.ts";
import { Architecture } from "../../core/job.ts";
import { Lineage, type OriginReference } from "../../core/origin.ts";
import type { Origin } from "../../core/ports.ts";
import { sharedLook } from "../shared-look.ts";
import type { OriginsAccount } from "./account.ts";

/*
 * Of a thousand bakes that begin at once, nearly all begin from the same image. One of them finds
 * it, and tells the others: EC2 answers twenty looks a second.
 */

/** What an origin may be found not to be, which is so for every bake that names it. */
const errors = { CorruptRecord, NotFound, OriginPending, OriginRefused };

const Told = z.union([
  z.strictObject({
    origin: z.strictObject({
      lineage: Lineage,
      snapshotId: SnapshotId.nullable(),
      architecture: Architecture.optional(),
      rootVolumeSize: z.number().optional(),
    }),
  }),
  z.strictObject({
    error: z.enum(Object.keys(errors) as [keyof typeof errors]),
    message: z.string(),
  }),
]);
type Told = z.infer<typeof Told>;

/** Milliseconds for which what one bake was told is told to others. */
const usualFreshness = 5000;

/** One object for each origin that is asked for; other stages have buckets of their own. */
const nameOf = (reference: OriginReference): string =>
  `origin-${createHash("sha256").update(JSON.stringify(reference)).digest("hex").slice(0, 32)}`;

/**
 * What `find` finds, or what another bake found within the last seconds, or throws. None is told
 * what is older: an origin may be gone, or its copy at hand.
 */
export const foundOnce = async (
  account: OriginsAccount,
  reference: OriginReference,
  find: () => Promise<Origin>,
): Promise<Origin> => {
  const { fresh = usualFreshness } = account;
  let own: unknown;
  const ask = async (): Promise<Told> => {
    try {
      return { origin: await find() };
    } catch (error) {
      const told = tellOthers(error);
      if (told === undefined) throw error;
      own = error;
      return told;
    }
  };
  const order = { name: nameOf(reference), schema: Told, fresh, late: 0, ask };
  const { sight } = await sharedLook(account, order);
  if (own !== undefined) throw own;
  if ("origin" in sight) return sight.origin;
  throw new errors[sight.error](sight.message);
};

/** Undefined for what says nothing of the origin, as when AWS does not answer. */
const tellOthers = (error: unknown): Told | undefined => {
  // only the bake that began a copy ends with it: the next one to look begins another
  if (error instanceof OriginFailed) return { error: "OriginPending", message: error.message };
  for (const name of Object.keys(errors) as (keyof typeof errors)[]) {
    if (error instanceof errors[name]) return { error: name, message: error.message };
  }
  return undefined;
};
