import type { Announcement } from "./announcement.ts";
import type { BuilderWishes } from "./builder-wishes.ts";
import type { BakeId, BuilderId, ImageId, SnapshotId, VolumeId } from "./ids.ts";
import type { Image } from "./image.ts";
import type { ImageAttributes } from "./image-attributes.ts";
import type { Inventory } from "./inventory.ts";
import type { Architecture, BootReport, DiskFacts, ResolvedRecipe } from "./job.ts";
import type { Ancestor, Lineage, OriginReference } from "./origin.ts";
import type { Verdict } from "./policy/verdict.ts";
import type { Previous } from "./report/changes-of.ts";
import type { About } from "./report/data.ts";
import type { KeptScan } from "./vulnerabilities/kept-scan.ts";

/*
 * What the functions ask of the world. Every `create` is idempotent: called again for the same
 * bake, it finds what the first call made. Every `release` and `remove` may find nothing to do.
 */

/** Large things of a bake, kept apart from the state machine's data: recipe, bundle, reports. */
export interface Artifacts {
  /** The text stored under `key`. Throws NotFound. */
  read(bake: BakeId, key: string): Promise<string>;
  write(bake: BakeId, key: string, text: string): Promise<void>;
  /**
   * Stores the text unless there is one under `key`; answers the one that is there now. Of two that
   * do so at once, both are answered the same.
   */
  keep(bake: BakeId, key: string, text: string): Promise<string>;
  /** The bytes stored under `key`, as text or by `put`. Throws NotFound. */
  get(bake: BakeId, key: string): Promise<Buffer>;
  put(bake: BakeId, key: string, bytes: Uint8Array): Promise<void>;
}

/** What an origin turned out to be. */
export interface Origin {
  lineage: Lineage;
  /** What the working disk is made from; null for an empty one. */
  snapshotId: SnapshotId | null;
  /** Where it is known before the agent looked. */
  architecture?: Architecture;
  /** GiB, rounded up; absent where there is no disk yet. */
  rootVolumeSize?: number;
}

export interface Origins {
  /**
   * Finds what a recipe names. Throws OriginPending while it is being imported or copied, NotFound,
   * OriginRefused.
   */
  resolve(bake: BakeId, reference: OriginReference): Promise<Origin>;
}

export interface BuilderSpec {
  architecture: Architecture;
  /** GiB; at least the snapshot's. */
  rootVolumeSize: number;
  /** What the working disk begins as; null for an empty one. */
  snapshotId: SnapshotId | null;
  wishes: BuilderWishes;
}

/** Disposable machines, each with one working disk. */
export interface Builders {
  /** Throws BuilderPending until the builder is up and its working disk attached. */
  provision(bake: BakeId, spec: BuilderSpec): Promise<{ builderId: BuilderId; volumeId: VolumeId }>;
  /**
   * Has `release` leave the bake's builder as it is until then, and nothing else end it sooner; a
   * moment that is past takes this back. Says how many it found.
   */
  keep(bake: BakeId, until: Date): Promise<number>;
  /**
   * Ends the bake's builders and deletes their working disks, but for those that are kept; says
   * how many it ended.
   */
  release(bake: BakeId): Promise<number>;
}

export interface AgentOrder {
  bake: BakeId;
  builderId: BuilderId;
  volumeId: VolumeId;
  recipe: ResolvedRecipe;
  origin: Ancestor;
  architecture: Architecture;
  /** GiB. */
  rootVolumeSize: number;
}

/** The program that works on a builder's disk. */
export interface Agents {
  /**
   * Starts the agent once, then answers for it, the same as often as it is asked. Throws
   * AgentRunning until it has ended; the error of core/errors.ts that its result names, whatever
   * its status is; AgentDied when it left no result, or one that is none; InventoryFailed when it
   * succeeded and left no inventory; NotReady, before it is given anything, for secrets that cannot
   * be had.
   */
  run(order: AgentOrder): Promise<DiskFacts>;
  /** Has the bake's agent ended, which is then AgentDied; says how many were at work. */
  release(bake: BakeId): Promise<number>;
}

export interface Snapshots {
  /** `tags` are the recipe's, for a cloud that knows tags. */
  create(
    bake: BakeId,
    volumeId: VolumeId,
    tags: Readonly<Record<string, string>>,
  ): Promise<SnapshotId>;
  /** The size in GiB. Throws SnapshotPending until the snapshot is complete, SnapshotFailed. */
  completed(snapshotId: SnapshotId): Promise<number>;
  /** Deletes the bake's snapshots that back no image; says how many. */
  release(bake: BakeId): Promise<number>;
}

export type ImageSpec = Omit<Image, "imageId" | "state" | "created" | "deprecateAt" | "statement">;

/** An image's statements, and what they must be about. */
export interface KeptStatements {
  image: Pick<Image, "imageId" | "name" | "bake" | "snapshotId" | "lineage" | "statement">;
  /** As they were kept; absent where there are none. */
  text?: string | undefined;
}

export interface Statements {
  /** Those of a published image. Throws NotFound, CorruptRecord. */
  find(imageId: ImageId): Promise<KeptStatements>;
}

export interface Images {
  /** Registers a candidate, once for each bake. Throws ImageNameTaken, UnfitAttributes. */
  register(spec: ImageSpec, attributes: ImageAttributes): Promise<ImageId>;
  /**
   * Keeps the signed statements of the image beside its record: the text of
   * core/statement/bundle.ts. Throws NotFound.
   */
  publish(imageId: ImageId, statements?: string): Promise<Image>;
  /**
   * The bake's image, if its publication was begun: it is completed, as whoever published it may
   * have been killed in the midst.
   */
  complete(bake: BakeId): Promise<Image | undefined>;
  /** Removes the bake's candidates; says how many. Published images stay. */
  release(bake: BakeId): Promise<number>;
}

/** What agents found on the disks of images. */
export interface Inventories {
  /** Of what the bake made. Throws NotFound, CorruptRecord. */
  ofBake(bake: BakeId): Promise<KeptInventory>;
  /** Of an image that was baked here; undefined where none was kept. Throws CorruptRecord. */
  ofImage(imageId: ImageId): Promise<KeptInventory | undefined>;
}

/** An inventory as it was read, and what its statement calls it by. */
export interface KeptInventory {
  inventory: Inventory;
  /** `sha256:` and 64 digits, of the packed file: that very one was read. */
  digest: string;
}

/** What was said of an image, and what was known of its vulnerabilities then. */
export interface Judgement {
  verdict: Verdict;
  /** Absent where there could be no search. */
  scan?: KeptScan | undefined;
}

/** What was said of images, whatever became of them. */
export interface Verdicts {
  /**
   * Keeps what is said of the bake's candidate, among the bake's artifacts too: its statements name
   * `verdict.json` and `scan.json` by their digests. What is said last counts, and where it has no
   * scan there is none. Of a published image nothing is changed: what is said that late is not
   * kept. Throws NotFound when the candidate is gone; the artifacts have what was said all the same.
   */
  keep(bake: BakeId, imageId: ImageId, judgement: Judgement): Promise<void>;
}

/** Pages about images, for people. */
export interface Reports {
  /**
   * The newest published image of a recipe that another bake made, as it was at most some seconds
   * ago; undefined when there is none.
   */
  previous(recipe: string, bake: BakeId): Promise<Previous | undefined>;
  /** Keeps what is known of the bake's candidate, whatever becomes of it. What is kept last counts. */
  keep(bake: BakeId, about: About): Promise<void>;
}

export interface TestOrder {
  bake: BakeId;
  imageId: ImageId;
  recipe: ResolvedRecipe;
}

/** Those who want to know how bakes end. */
export interface Announcements {
  /**
   * Told again, it is told under the same id. Throws AnnouncementFailed when somebody could not be
   * told; all others were.
   */
  announce(announcement: Announcement): Promise<void>;
}

/** Machines on which candidates are booted and tested. */
export interface TestMachines {
  /**
   * Boots the candidate once, then answers for it, the same as often as it is asked: by then its
   * machine is gone. Throws TestsRunning until that; TestsFailed, with all that is wrong, when it
   * does not boot as it should or a test of the recipe's fails; NotFound when it is not there.
   */
  run(order: TestOrder): Promise<BootReport>;
  /** Ends the bake's test machines that are at work; says how many. */
  release(bake: BakeId): Promise<number>;
}
