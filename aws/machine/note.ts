import * as z from "zod";
import { type BakeId, BuilderId, VolumeId } from "../../core/ids.ts";
import { Architecture } from "../../core/job.ts";
import { artifactKey } from "../artifacts.ts";
import { readRecord, type Seen, swapRecord } from "../json-record.ts";
import type { Bucket } from "../objects.ts";
import type { Role } from "../tags.ts";
import type { Machine } from "./instances.ts";

/*
 * What a bake notes of the machine that it wants: with it, a call of a task need not ask EC2 what
 * an earlier one was told. EC2 is right where the two differ: nothing is ended, nor given up, by
 * what is only noted.
 */

/** Of an instance, what never changes. Moments are milliseconds since the epoch. */
const NotedMachine = z.strictObject({
  id: BuilderId,
  type: z.string(),
  zone: z.string(),
  subnet: z.string().optional(),
  spot: z.boolean(),
  launched: z.number(),
});

const MachineNote = z.strictObject({
  /** When the bake first asked for it. */
  asked: z.number(),
  /** How often a launch was begun: before the first there can be no machine. */
  launches: z.number(),
  /** The one that was started. */
  machine: NotedMachine.optional(),
  /** Of a test machine: what EC2 told of the candidate. */
  candidate: z
    .strictObject({
      architecture: Architecture,
      disks: z.array(z.strictObject({ device: z.string(), size: z.number().optional() })),
    })
    .optional(),
  /** A builder's working disk. */
  volumeId: VolumeId.optional(),
  /** EC2 took spare capacity back from the bake, and forgets that after an hour. */
  lostSpot: z.boolean().optional(),
  /** Whether EC2 was asked after it since: what ends at once, has ended by then. */
  isSeen: z.boolean(),
});
export type MachineNote = z.infer<typeof MachineNote>;

/** A bake's note of its machine of that role. */
export interface Note {
  readonly now: MachineNote;
  /** Changes it; says whether nobody else did meanwhile. */
  change(to: Partial<MachineNote>): Promise<boolean>;
}

const keyOf = (bake: BakeId, role: Role): string => artifactKey(bake, `machines/${role}.json`);

/** Begun where there is none. Of one that nobody can read, it is not known what was started. */
export const openNote = async (bucket: Bucket, bake: BakeId, role: Role): Promise<Note> => {
  const key = keyOf(bake, role);
  const seen = await readRecord(bucket, key, MachineNote);
  if (seen.value !== undefined) return noteOf(bucket, key, seen, seen.value);
  const launches = seen.etag === undefined ? 0 : 1;
  const begun = { asked: Date.now(), launches, isSeen: false };
  const written = await swapRecord(bucket, key, seen, begun);
  // another call of the same task began it
  return written === undefined ? openNote(bucket, bake, role) : noteOf(bucket, key, written, begun);
};

const noteOf = (bucket: Bucket, key: string, read: Seen<unknown>, value: MachineNote): Note => {
  let [seen, now] = [read, value];
  return {
    get now() {
      return now;
    },
    async change(to) {
      const next = { ...now, ...to };
      const written = await swapRecord(bucket, key, seen, next);
      if (written === undefined) return false;
      [seen, now] = [written, next];
      return true;
    },
  };
};

/** What is noted of a machine that was started. */
export const noted = ({ id, type, zone, subnet, spot, launched }: Machine) => ({
  ...{ id, type, zone, subnet, spot, launched: launched.getTime() },
});

/** Milliseconds for which a machine that was seen is taken to live, while it comes up. */
const trusted = 180_000;

/** The machine that is known well enough to be waited for without asking EC2. */
export const knownMachine = (note: MachineNote): Machine | undefined =>
  note.isSeen ? startedMachine(note) : undefined;

/** The only machine that was started, where EC2 was not asked after it yet. */
export const unseenMachine = (note: MachineNote): Machine | undefined =>
  note.isSeen || note.launches !== 1 ? undefined : startedMachine(note);

const startedMachine = ({ machine }: MachineNote): Machine | undefined => {
  if (machine === undefined || Date.now() - machine.launched > trusted) return undefined;
  const { launched, subnet, ...rest } = machine;
  const nothing = { reason: { code: "", message: "" }, devices: [], tags: new Map() };
  return { ...rest, subnet, launched: new Date(launched), state: "running", ...nothing };
};
