import { noWishes } from "../../core/builder-wishes.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { execFile } from "node:child_process";
import { chmod, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { AgentEvent } from "../../core/agent-event.ts";
import { BakeId, ImageId, SnapshotId } from "../../core/ids.ts";
import type { BakeJob, DiskFacts, ResolvedRecipe } from "../../core/job.ts";
import type { ShellStep, Step } from "../../core/step.ts";
import type { Ancestor, FileSystem, ScratchOrigin } from "../../core/origin.ts";
import { runAgentProcess } from "../../local/agent-process.ts";
import { tryLock } from "../../local/lock.ts";
import { rememberedFile } from "../../local/paths.ts";
import { agentProgram } from "./built.ts";
import { makeSmallImage } from "./small-image.ts";

const run = promisify(execFile);

export interface AgentRun {
  /** A folder of the test's own. */
  folder: string;
  steps: readonly Step[];
  parameters?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Files beside the recipe, by path. */
  bundle?: Record<string, string>;
  fileSystem?: FileSystem;
  /** A disk to start from: one that was baked here, unless `stock` says that it was not. */
  from?: string;
  stock?: boolean;
  /** The inventory of that disk, as it was baked, and the disk's size in bytes. */
  parent?: BakeJob["parent"];
  /** More of the recipe. */
  recipe?: Partial<ResolvedRecipe>;
  /** MiB of the disk, of which 129 are not the root file system's. */
  size?: number;
  /** The disk as a block device, as a builder of EC2's has it. */
  asDevice?: true;
  /** Paths of assets by name. */
  assets?: Record<string, string>;
  /** The step cache, as the bake would have it. */
  stepCache?: BakeJob["stepCache"];
  /** Programs of distributions that the image has beside its own. */
  programs?: readonly string[];
  /** Changes the small image before it becomes the origin. */
  prepare?(image: string): Promise<unknown>;
  signal?: AbortSignal;
  onEvent?(event: AgentEvent): void;
}

export interface AgentEnd {
  disk: string;
  /** What went wrong; undefined when the agent succeeded. */
  error?: Error;
  facts?: DiskFacts;
  events: AgentEvent[];
  /** What a step printed. */
  output: (step: string) => string;
}

const mebibyte = 1024 ** 2;

/**
 * Runs the real agent as a bake would, in namespaces of its own, with real partitions, loop
 * devices, mounts, boot loaders, sandbox and network. Only mmdebstrap is a script that copies a
 * small image instead of installing a distribution.
 */
export const runAgent = async (order: AgentRun): Promise<AgentEnd> => {
  const { folder, secrets = {} } = order;
  const disk = join(folder, "disk.raw");
  if (order.from !== undefined) await run("cp", ["--sparse=always", "--", order.from, disk]);
  if (order.from === undefined || order.size !== undefined) await truncateDisk(disk, order.size);
  await writeBundle(join(folder, "bundle"), order.bundle ?? {});
  await installShim(folder, order);
  const job = join(folder, "job.json");
  await using device = order.asDevice && (await deviceOf(disk));
  await writeFile(job, JSON.stringify(jobOf(order, device?.path ?? disk)));
  await using lock = await tryLock(join(folder, "lock"));
  if (lock === undefined) throw new Error(`${folder} is locked`);
  const events: AgentEvent[] = [];
  const output = outputOf(events);
  const path = process.env["PATH"];
  process.env["PATH"] = [join(folder, "shim"), path].join(delimiter);
  try {
    const signal = order.signal ?? new AbortController().signal;
    const runner = { program: agentProgram(), lock: lock.fd, signal };
    const { disk: facts } = await runAgentProcess(runner, {
      ...{ job, secrets, result: join(folder, "result.json") },
      onEvent(event) {
        events.push(event);
        order.onEvent?.(event);
      },
    });
    return { disk, facts, events, output };
  } catch (error) {
    return { disk, error: error as Error, events, output };
  } finally {
    process.env["PATH"] = path;
  }
};

const deviceOf = async (disk: string) => {
  const { stdout } = await run("losetup", ["--find", "--show", "--partscan", disk]);
  const path = stdout.trim();
  const detach = () => run("losetup", ["--detach", path]);
  return { path, [Symbol.asyncDispose]: async () => void (await detach()) };
};

const outputOf = (events: readonly AgentEvent[]) => (step: string) =>
  events
    .flatMap((event) => (event.event === "step-output" && event.step === step ? [event.text] : []))
    .join("\n");

const truncateDisk = async (path: string, size = 256): Promise<void> => {
  await using file = await open(path, "a");
  await file.truncate(size * mebibyte);
};

const writeBundle = async (folder: string, files: Record<string, string>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
};

const installShim = async (folder: string, { programs = [], prepare }: AgentRun): Promise<void> => {
  const image = join(folder, "image");
  await makeSmallImage(image, programs);
  await prepare?.(image);
  const shim = join(folder, "shim/mmdebstrap");
  await mkdir(dirname(shim), { recursive: true });
  const script = `#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nexec cp -a "${image}/." "$3"\n`;
  await writeFile(shim, script);
  await chmod(shim, 0o755);
};

export const bake = BakeId.parse("small-0123456789abcdef-1");

/** A recipe of nothing but its steps. */
export const recipeOf = (recipe: Partial<ResolvedRecipe> = {}): ResolvedRecipe => ({
  ...{
    name: "small",
    description: "",
    parameters: {},
    secrets: [],
    assets: [],
    steps: [],
    hygiene: { keep: [] },
    tests: [],
    tags: {},
    builder: noWishes,
    attributes: noAttributes,
  },
  origin: scratchOf("ext4"),
  ...recipe,
});

const scratchOf = (fileSystem: FileSystem): ScratchOrigin => ({
  ...{ kind: "scratch", distribution: "debian", suite: "small", packages: [], fileSystem },
});

const scratchAncestor: Ancestor = { kind: "scratch", distribution: "debian", suite: "small" };

const parent: Ancestor = {
  kind: "image",
  imageId: ImageId.parse("img-00000000000000001"),
  name: "parent",
};
const stockDisk: Ancestor = {
  ...{ kind: "file", file: "stock.raw", format: "raw", digest: `sha256:${"0".repeat(64)}` },
  snapshotId: SnapshotId.parse("snap-00000000000000001"),
};

const jobOf = (order: AgentRun, disk: string): BakeJob => ({
  ...{ kind: "bake", bake, disk, bundle: join(order.folder, "bundle"), assets: order.assets ?? {} },
  inventory: join(order.folder, "inventory.json.gz"),
  ...{ architecture: "x86_64", rootVolumeSize: 1 },
  ...(order.parent && { parent: order.parent }),
  remembered: join(order.folder, rememberedFile),
  stepCache: order.stepCache,
  origin: order.from === undefined ? scratchAncestor : order.stock ? stockDisk : parent,
  recipe: recipeOf({
    steps: [...order.steps],
    parameters: order.parameters ?? {},
    origin:
      order.from === undefined
        ? scratchOf(order.fileSystem ?? "ext4")
        : { kind: "image", imageId: parent.imageId },
    secrets: Object.keys(order.secrets ?? {}).map((name) => ({
      ...{ name, from: { environment: name } },
    })),
    ...order.recipe,
  }),
});

/** A shell step, with what a recipe would give it when it says nothing. */
export const shell = (inline: string, more: Partial<ShellStep> = {}): ShellStep => ({
  ...{ kind: "shell", name: "shell", timeout: 60, inline, environment: {} },
  ...{ workingDirectory: "/", allowedExitCodes: [0], cache: false },
  ...more,
});

/** The result file, as the agent wrote it. */
export const resultIn = (folder: string): Promise<string> =>
  readFile(join(folder, "result.json"), "utf8");
