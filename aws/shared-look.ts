import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { CloudBusy } from "../core/errors.ts";
import { readRecord, swapRecord } from "./json-record.ts";
import type { Bucket } from "./objects.ts";

/** What is looked at by many functions at once, and asked of AWS by one of them. */
export interface SharedLookOrder<Sight> {
  /** `looks/NAME.json` of the artifact bucket, which is the stage's own. */
  name: string;
  schema: z.ZodType<Sight>;
  /** Milliseconds for which a look is as good as a new one. */
  fresh: number;
  /** Milliseconds for which it will do after that, while another makes the next; if absent, a claim's. */
  late?: number;
  /** Asks AWS. */
  ask(): Promise<Sight>;
}

/** What AWS said, and when it was asked: milliseconds since the epoch. */
export interface Look<Sight> {
  at: number;
  sight: Sight;
}

/** Milliseconds in which who claimed a look has made it, or died. */
const claim = 10_000;

/** Milliseconds between two reads of who has nothing to go by until another has looked. */
const pause = 500;

/**
 * The last look at something, as JSON in the artifact bucket; a new one when that is too old. One
 * function claims to make it. All others go by the last one meanwhile, which is older than `fresh`
 * by `late` at most; where there is none that young they wait for one. Throws what `ask` throws, the claim
 * then ends by itself; and CloudBusy for who waited longer than a claim: AWS did not answer the one
 * who asked, and would answer many less.
 */
export const sharedLook = async <Sight>(
  bucket: Bucket,
  { name, schema, fresh, late = claim, ask }: SharedLookOrder<Sight>,
): Promise<Look<Sight>> => {
  const key = `looks/${name}.json`;
  const Kept = z.object({
    /** Until when somebody is making the next one. */
    claimed: z.number(),
    look: z.object({ at: z.number(), sight: schema }).optional(),
  });
  const began = Date.now();
  const end = began + claim + 2 * pause;
  for (;;) {
    const seen = await readRecord(bucket, key, Kept);
    const { claimed = 0, look } = seen.value ?? {};
    const now = Date.now();
    const usable = fresh + (claimed > now ? late : 0);
    // what was asked since we came is as new as what we would ask
    if (look !== undefined && (look.at >= began || now - look.at < usable)) return look;
    const kept = { claimed: now + claim, ...(look && { look }) };
    const ours = claimed <= now ? await swapRecord(bucket, key, seen, kept) : undefined;
    if (ours !== undefined) {
      const mine = { at: Date.now(), sight: await ask() };
      // where the claim ended meanwhile, the record is who claimed it since
      await swapRecord(bucket, key, ours, { claimed: 0, look: mine });
      return mine;
    }
    if (now > end) {
      throw new CloudBusy(
        `nobody has seen for ${claim / 1000} s what is in ${key}; it is asked again`,
      );
    }
    if (claimed > now) await sleep(pause); // else another one has claimed it just now
  }
};
