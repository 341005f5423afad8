import type { Dropping, Drops, Fate, Fates, Names } from "../../core/drops.ts";
import type { Drop } from "../../core/drop.ts";
import { NotFound } from "../../core/errors.ts";
import type { BakeInput, EndedExecution, Executions, HistoryEvent } from "../../core/executions.ts";
import type { BakeId } from "../../core/ids.ts";
import { policiesIn } from "../../core/operator-policy/find.ts";
import { memoryAnnouncements, memoryArtifacts } from "./memory-ports.ts";

/* The ports of the way in, in memory. */

export const memoryDrops = (
  objects: Record<string, string | Buffer | Partial<Dropping>>,
): Drops & {
  objects: Map<string, Dropping>;
} => {
  const all = new Map(
    Object.entries(objects).map(([key, value]): [string, Dropping] => {
      const isContent = typeof value === "string" || Buffer.isBuffer(value);
      const content = isContent ? { bytes: Buffer.from(value) } : value;
      return [key, { bytes: Buffer.alloc(0), parameters: {}, ...content }];
    }),
  );
  return {
    objects: all,
    async read(key) {
      const found = all.get(key);
      if (found === undefined) throw new NotFound(`there is no ${key}`);
      return found;
    },
    list: async (beginning) =>
      [...all]
        .filter(([key]) => key.startsWith(beginning))
        .map(([key, { bytes }]) => ({ key, size: bytes.length })),
  };
};

export const memoryFates = (): Fates & { all: Map<string, Fate> } => {
  const all = new Map<string, Fate>();
  return {
    all,
    tell: async (hash, fate) => void all.set(hash, fate),
    of: async (hash) => all.get(hash),
  };
};

export const memoryNames = (owners: Record<string, string> = {}): Names => {
  const all = new Map(Object.entries(owners));
  return {
    owner: async (name) => all.get(name),
    async claim(name, prefix) {
      const owner = all.get(name) ?? prefix;
      all.set(name, owner);
      return owner;
    },
  };
};

export interface MemoryExecutions extends Executions {
  all: Map<BakeId, EndedExecution>;
  inputs: Map<BakeId, BakeInput>;
  histories: Map<BakeId, HistoryEvent[]>;
}

export const memoryExecutions = (): MemoryExecutions => {
  const all = new Map<BakeId, EndedExecution>();
  const inputs = new Map<BakeId, BakeInput>();
  const histories = new Map<BakeId, HistoryEvent[]>();
  return {
    ...{ all, inputs, histories },
    async start(bake, input) {
      if (all.has(bake)) return "again";
      all.set(bake, { bake, status: "running", started: new Date() });
      inputs.set(bake, input);
      return "started";
    },
    describe: async (bake) => all.get(bake),
    async *list(status) {
      yield* [...all.values()].filter((one) => status === undefined || one.status === status);
    },
    async stop(bake, error, message) {
      const execution = all.get(bake);
      if (execution === undefined) throw new NotFound(`there is no bake ${bake}`);
      const ended = new Date();
      all.set(bake, { ...execution, status: "stopped", ended, error, message });
    },
    history: async (bake, after = 0) => (histories.get(bake) ?? []).filter(({ id }) => id > after),
  };
};

export const ownNetwork = {
  subnets: ["subnet-00000000000000001"],
  stage: "dev",
  securityGroups: ["sg-00000000000000001"],
  keys: ["arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"],
};

export const memoryWayIn = (
  objects: Parameters<typeof memoryDrops>[0],
  owners: Record<string, string> = {},
) => {
  const drops = memoryDrops(objects);
  return {
    ...{ drops, fates: memoryFates(), policies: policiesIn(drops, ownNetwork) },
    ...{ names: memoryNames(owners), artifacts: memoryArtifacts() },
    ...{ executions: memoryExecutions(), announcements: memoryAnnouncements() },
    given: { environment: {} },
  };
};

/** A drop of that key, which has as many bytes as the world says. */
export const dropOfKey = (key: string, more: Partial<Drop> = {}): Drop => ({
  ...{ bucket: "recipes", key, versionId: "v1", sequencer: "00000001", size: 100 },
  ...{ at: "2026-11-21T12:00:00Z", ...more },
});
