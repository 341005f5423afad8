import { ImageNameTaken, NotFound } from "../../core/errors.ts";
import { type BakeId, BuilderId, ImageId, SnapshotId, VolumeId } from "../../core/ids.ts";
import type { Announcement } from "../../core/announcement.ts";
import type { Image } from "../../core/image.ts";
import type { Inventory } from "../../core/inventory.ts";
import type { BootReport } from "../../core/job.ts";
import type { PolicyOf } from "../../core/policy/in-force.ts";
import { defaultPolicy } from "../../core/policy/schema.ts";
import { type Verdict, verdictFile, verdictText } from "../../core/policy/verdict.ts";
import type { About } from "../../core/report/data.ts";
import type { Vulnerabilities } from "../../core/vulnerabilities/finding.ts";
import { scanFile, scanText } from "../../core/vulnerabilities/kept-scan.ts";
import { cleanInventory, packed } from "./clean-inventory.ts";
import type {
  AgentOrder,
  Agents,
  Announcements,
  Artifacts,
  Builders,
  Images,
  Inventories,
  Origins,
  Reports,
  Snapshots,
  Statements,
  TestMachines,
  TestOrder,
  Verdicts,
} from "../../core/ports.ts";
import { digestOf } from "../../core/digest-of.ts";
import { bundleDigest } from "../../core/statement/bundle.ts";
import { attestingOn } from "./attesting.ts";
import { disk } from "./local-state.ts";

/*
 * The ports in memory: for tests of the functions and of the state machine. A `pending` count is
 * how often each answers that it is not done yet.
 */

let made = 0;
const nextId = (prefix: string): string => `${prefix}-${(++made).toString(16).padStart(17, "0")}`;

/** Fails with the error that many times, then no more. */
const failing = (times: number, name: string) => {
  let left = times;
  return () => {
    if (left-- > 0) throw Object.assign(new Error("not done yet"), { name });
  };
};

/** Each bake has its own; the given texts, all of them. */
export const memoryArtifacts = (texts: Record<string, string> = {}): Artifacts => {
  const given = new Map(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)]));
  const kept = new Map<string, Buffer>();
  const find = (bake: BakeId, key: string) => kept.get(`${bake}/${key}`) ?? given.get(key);
  const put = async (bake: BakeId, key: string, content: string | Uint8Array) =>
    void kept.set(`${bake}/${key}`, Buffer.from(content));
  const get = async (bake: BakeId, key: string) => {
    const bytes = find(bake, key);
    if (bytes === undefined) throw new NotFound(`there is no artifact ${key}`);
    return bytes;
  };
  return {
    ...{ get, put, write: put },
    read: async (bake, key) => (await get(bake, key)).toString("utf8"),
    async keep(bake, key, text) {
      if (find(bake, key) === undefined) kept.set(`${bake}/${key}`, Buffer.from(text));
      return String(find(bake, key));
    },
  };
};

/** An empty disk for what is made from scratch; any other origin is one image's. */
export const memoryOrigins = (pending = 0): Origins => {
  const wait = failing(pending, "OriginPending");
  return {
    async resolve(_, reference) {
      wait();
      if (reference.kind === "scratch") {
        const { kind, distribution, suite } = reference;
        return { lineage: [{ kind, distribution, suite }], snapshotId: null };
      }
      const ancestor = { imageId: ImageId.parse(nextId("img")), name: "parent" };
      return {
        lineage: [{ kind: "image", ...ancestor }],
        snapshotId: SnapshotId.parse(nextId("snap")),
        ...{ architecture: "x86_64", rootVolumeSize: 4 },
      };
    },
  };
};

export const memoryBuilders = (pending = 0): Builders => {
  const builders = new Map<BakeId, { builderId: BuilderId; volumeId: VolumeId }>();
  const kept = new Map<BakeId, Date>();
  const wait = failing(pending, "BuilderPending");
  return {
    async provision(bake) {
      const ids = {
        builderId: BuilderId.parse(nextId("i")),
        volumeId: VolumeId.parse(nextId("vol")),
      };
      const builder = builders.get(bake) ?? ids;
      builders.set(bake, builder);
      wait();
      return builder;
    },
    async keep(bake, until) {
      kept.set(bake, until);
      return Number(builders.has(bake));
    },
    release: async (bake) =>
      (kept.get(bake)?.getTime() ?? 0) > Date.now() ? 0 : Number(builders.delete(bake)),
  };
};

export const memoryAgents = (pending = 0): Agents & { orders: AgentOrder[] } => {
  const orders: AgentOrder[] = [];
  const wait = failing(pending, "AgentRunning");
  return {
    orders,
    async run(order) {
      orders.push(order);
      wait();
      return disk;
    },
    release: async () => 0,
  };
};

export const memorySnapshots = (
  pending = 0,
): Snapshots & { tags: Map<BakeId, Readonly<Record<string, string>>> } => {
  const snapshots = new Map<BakeId, SnapshotId>();
  const tagsOf = new Map<BakeId, Readonly<Record<string, string>>>();
  const wait = failing(pending, "SnapshotPending");
  return {
    tags: tagsOf,
    async create(bake, _, tags) {
      tagsOf.set(bake, tags);
      const snapshotId = snapshots.get(bake) ?? SnapshotId.parse(nextId("snap"));
      snapshots.set(bake, snapshotId);
      return snapshotId;
    },
    async completed(snapshotId) {
      if (![...snapshots.values()].includes(snapshotId)) {
        throw new NotFound(`there is no snapshot ${snapshotId}`);
      }
      wait();
      return 2;
    },
    release: async (bake) => Number(snapshots.delete(bake)),
  };
};

export const memoryImages = (): Images & Statements & { all: Map<ImageId, Image> } => {
  const all = new Map<ImageId, Image>();
  const texts = new Map<ImageId, string>();
  return {
    all,
    async find(imageId) {
      const image = all.get(imageId);
      if (image === undefined) throw new NotFound(`there is no image ${imageId}`);
      return { image, text: texts.get(imageId) };
    },
    async register(spec) {
      const existing = [...all.values()].find(({ bake }) => bake === spec.bake);
      if (existing !== undefined && existing.snapshotId !== spec.snapshotId) {
        throw new ImageNameTaken(existing.name);
      }
      const imageId = existing?.imageId ?? ImageId.parse(nextId("img"));
      const created = new Date().toISOString();
      all.set(imageId, existing ?? { ...spec, imageId, state: "candidate", created });
      return imageId;
    },
    async publish(imageId, text) {
      const image = all.get(imageId);
      if (image === undefined) throw new NotFound(`there is no image ${imageId}`);
      const statement = text && bundleDigest(text);
      const published: Image = { ...image, state: "published", ...(statement && { statement }) };
      if (text !== undefined) texts.set(imageId, text);
      all.set(imageId, published);
      return published;
    },
    complete: async (bake) =>
      [...all.values()].find((image) => image.bake === bake && image.state === "published"),
    async release(bake) {
      const candidates = [...all.values()].filter(
        (image) => image.bake === bake && image.state === "candidate",
      );
      for (const { imageId } of candidates) all.delete(imageId);
      return candidates.length;
    },
  };
};

export const memoryTestMachines = (pending = 0): TestMachines & { orders: TestOrder[] } => {
  const orders: TestOrder[] = [];
  const wait = failing(pending, "TestsRunning");
  return {
    orders,
    async run(order): Promise<BootReport> {
      orders.push(order);
      wait();
      const tests = order.recipe.tests.map(({ name }) => ({
        name,
        exitCode: 0,
        seconds: 1,
        output: "",
      }));
      return { clock: 0, addresses: [], failedUnits: [], tests };
    },
    release: async () => 0,
  };
};

export const memoryAnnouncements = (): Announcements & { told: Announcement[] } => {
  const told: Announcement[] = [];
  return { told, announce: async (announcement) => void told.push(announcement) };
};

/** Of a bake, and of the images of all others. */
export const memoryInventories = (ofBake: Inventory = cleanInventory()): Inventories => ({
  ofBake: async () => ({ inventory: ofBake, digest: digestOf(packed(ofBake)) }),
  ofImage: async () => ({
    ...{ inventory: cleanInventory(), digest: digestOf(packed(cleanInventory())) },
  }),
});

/** Among the bake's artifacts as well, as every place keeps them. */
export const memoryVerdicts = (
  artifacts: Artifacts = memoryArtifacts(),
): Verdicts & { kept: Map<ImageId, Verdict> } => {
  const kept = new Map<ImageId, Verdict>();
  return {
    kept,
    async keep(bake, imageId, { verdict, scan }) {
      kept.set(imageId, verdict);
      await artifacts.write(bake, verdictFile, verdictText(verdict));
      if (scan !== undefined) await artifacts.write(bake, scanFile, scanText(scan));
    },
  };
};

/** As they would be written while the image is a candidate; there is no previous image. */
export const memoryReports = (): Reports & { kept: Map<BakeId, About> } => {
  const kept = new Map<BakeId, About>();
  return {
    kept,
    previous: async () => undefined,
    keep: async (bake, about) => void kept.set(bake, about),
  };
};

/** Whoever looks in a test. */
export const someScanner = { name: "OSV", uri: "https://osv.test", database: "https://osv.test" };

/** Of which nobody knows any. */
export const noVulnerabilities = (): Vulnerabilities => ({
  find: async () => ({
    ...{ scanner: someScanner, findings: [], unscanned: [], newest: "2026-01-01T00:00:00Z" },
  }),
});

export const memoryWorld = (pending = 0, recipe = webRecipe) => {
  const ports = memoryPorts(pending, recipe);
  return { ...ports, ...attestingOn({ ...ports, statements: ports.images }) };
};
export type MemoryWorld = ReturnType<typeof memoryWorld>;

const memoryPorts = (pending: number, recipe: string) => {
  const artifacts = memoryArtifacts({ "bundle/web.yaml": recipe });
  return { artifacts, verdicts: memoryVerdicts(artifacts), ...otherPorts(pending) };
};

const otherPorts = (pending: number) => ({
  origins: memoryOrigins(pending),
  builders: memoryBuilders(pending),
  agents: memoryAgents(pending),
  snapshots: memorySnapshots(pending),
  images: memoryImages(),
  testMachines: memoryTestMachines(pending),
  announcements: memoryAnnouncements(),
  inventories: memoryInventories(),
  reports: memoryReports(),
  vulnerabilities: noVulnerabilities(),
  policyOf: (async () => ({ policy: defaultPolicy() })) as PolicyOf,
});

export const webRecipe = `
image:
  name: web
  description: A page
  root_volume_size: 2
  origin: { scratch: { distribution: debian, suite: trixie } }
  parameters:
    GREETING: { type: string, default: hello }
  configure:
    - shell: echo "\${GREETING}"
  tests:
    - name: serves
      command: "true"
  tags: { role: web }
`;
