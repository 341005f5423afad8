import * as z from "zod";
import { AgentSteps } from "./agent-steps.ts";
import { BuilderWishes, noWishes } from "./builder-wishes.ts";
import { HostAccess } from "./host.ts";
import { BakeId } from "./ids.ts";
import { ImageAttributes, noAttributes } from "./image-attributes.ts";
import { Ancestor, Digest, FileSystem, OriginReference } from "./origin.ts";
import { Check, RecipePolicy } from "./policy/schema.ts";
import { Step } from "./step.ts";
import { KeptDisk } from "./step-cache.ts";

/** EC2's names for processor architectures. */
export const Architecture = z.enum(["x86_64", "arm64"]);
export type Architecture = z.infer<typeof Architecture>;

/** EC2's `BootMode` of an image; `uefi-preferred` boots both ways. */
export const BootMode = z.enum(["legacy-bios", "uefi", "uefi-preferred"]);
export type BootMode = z.infer<typeof BootMode>;

/** A file or folder that steps use: fetched by its digest, or from the bundle. */
export const Asset = z.union([
  z.strictObject({ name: z.string(), url: z.string(), checksum: Digest }),
  z.strictObject({ name: z.string(), source: z.string() }),
]);
export type Asset = z.infer<typeof Asset>;

/** A command that must succeed in the booted image. */
export const ImageTest = z.strictObject({
  name: z.string(),
  command: z.string(),
  /** Seconds. */
  timeout: z.int().positive(),
});
export type ImageTest = z.infer<typeof ImageTest>;

/** What is removed from a finished image, unless the recipe keeps it. */
export const HygieneItem = z.enum([
  ...["host-keys", "machine-id", "logs", "histories", "authorized-keys", "cloud-init"],
  ...["package-caches", "random-seed", "dhcp-leases", "temporary-files", "network-rules"],
  "core-dumps",
] as const);
export type HygieneItem = z.infer<typeof HygieneItem>;

/**
 * Where a secret's value is fetched from when it is needed: the first two are on the machine of
 * the one who bakes, the others in an AWS account.
 */
export const SecretSource = z.union([
  z.strictObject({ environment: z.string() }),
  z.strictObject({ file: z.string() }),
  /** Name of a SecureString of Systems Manager's Parameter Store. */
  z.strictObject({ parameter: z.string() }),
  /** Name of a secret of Secrets Manager. */
  z.strictObject({ secret: z.string() }),
]);
export type SecretSource = z.infer<typeof SecretSource>;

/** A recipe with every parameter filled in: what a bake carries out. Holds no secret's value. */
export const ResolvedRecipe = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** The origin's when absent. */
  architecture: Architecture.optional(),
  /** GiB; the origin's when absent. */
  rootVolumeSize: z.int().positive().optional(),
  origin: OriginReference,
  /** Values as steps see them in their environment and templates; secrets are not among them. */
  parameters: z.record(z.string(), z.string()),
  secrets: z.array(z.strictObject({ name: z.string(), from: SecretSource })),
  assets: z.array(Asset),
  steps: z.array(Step),
  /** Absent when the bake keeps to the working disk. */
  host: HostAccess.optional(),
  hygiene: z.strictObject({ keep: z.array(HygieneItem) }),
  tests: z.array(ImageTest),
  tags: z.record(z.string(), z.string()),
  builder: BuilderWishes.default(noWishes),
  attributes: ImageAttributes.default(noAttributes),
  /** What it says beside the operator's provenance policy; absent, it says nothing. */
  policy: RecipePolicy.optional(),
  /** All checks that are run in the finished image, the operator's too; absent, there are none. */
  checks: z.array(Check).optional(),
});
export type ResolvedRecipe = z.infer<typeof ResolvedRecipe>;

/** What the agent is told: everything but the secrets, which reach it on its standard input. */
export const BakeJob = z.strictObject({
  kind: z.literal("bake"),
  bake: BakeId,
  recipe: ResolvedRecipe,
  /** What is on the disk already; nothing, when it is `scratch`. */
  origin: Ancestor,
  architecture: Architecture,
  /** GiB. */
  rootVolumeSize: z.int().positive(),
  /** The working disk: an image file, or a block device. */
  disk: z.string(),
  /** The folder that holds the files the recipe names. */
  bundle: z.string(),
  /** Paths of the recipe's assets, by name. */
  assets: z.record(z.string(), z.string()),
  /** Where the inventory of the finished image is written: core/inventory/document.ts. */
  inventory: z.string(),
  /** Where it is written by what its files are known again in a copy; absent, nobody asks. */
  remembered: z.string().optional(),
  /** What the disk is, if nobody changed it: where it was baked here and can be written to since. */
  parent: z
    .strictObject({
      /** The file of the inventory that was taken of it. */
      inventory: z.string(),
      /** Bytes of its disk. */
      size: z.int().positive(),
      /** What was remembered of its files; present where nobody wrote to its disk since. */
      remembered: z.string().optional(),
    })
    .optional(),
  /** Folders for fetched packages: one that bakes share, and one of this bake; absent, no cache. */
  packageCache: z
    .strictObject({ shared: z.string(), own: z.string(), lists: z.string() })
    .optional(),
  /** Disks as they are after steps; absent, every step runs, and none is kept. */
  stepCache: z
    .strictObject({
      /** Those of earlier bakes that fit, the one after the most steps first. */
      kept: z.array(KeptDisk.extend({ disk: z.string() })),
      /** A folder for this bake's: each a `<steps>.raw` and a `<steps>.json` (KeptDisk). */
      folder: z.string(),
      /** How many steps a disk may be kept after: what comes later has no key. */
      most: z.int().nonnegative(),
    })
    .optional(),
});
export type BakeJob = z.infer<typeof BakeJob>;

/** Prepares a throw-away copy of an image to run its tests when it boots. */
export const TestJob = z.strictObject({
  kind: z.literal("test"),
  bake: BakeId,
  disk: z.string(),
  /** The serial port, in the image, on which the report is written: `/dev/ttyS1`. */
  port: z.string(),
  tests: z.array(ImageTest),
});
export type TestJob = z.infer<typeof TestJob>;

/** What the agent found out about the disk it finished. */
export const DiskFacts = z.strictObject({
  architecture: Architecture,
  bootMode: BootMode,
  /** Of the root. */
  fileSystem: z.enum([...FileSystem.options, "ext2", "ext3"]),
  /** `PRETTY_NAME` of the image's os-release. */
  operatingSystem: z.string(),
  /** File name of the kernel that `/vmlinuz` points at. */
  kernel: z.string(),
});
export type DiskFacts = z.infer<typeof DiskFacts>;

/** The agent's last word, in a file of its own: it decides, not the exit status. */
export const AgentResult = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("succeeded"),
    disk: DiskFacts.optional(),
    /** Of a shell job's program. */
    exitStatus: z.int().optional(),
    /** How long its steps took, where nobody listens to it. */
    steps: AgentSteps.optional(),
  }),
  z.strictObject({ status: z.literal("failed"), error: z.string(), message: z.string() }),
]);
export type AgentResult = z.infer<typeof AgentResult>;

/** What a booted image reports of itself and its tests. */
export const BootReport = z.strictObject({
  /** Seconds since the epoch, by the image's clock; absent when nothing in it could be asked. */
  clock: z.number().optional(),
  /** Addresses the image got by DHCP; absent when nothing in it could be asked. */
  addresses: z.array(z.string()).optional(),
  failedUnits: z.array(z.string()),
  tests: z.array(
    z.strictObject({
      name: z.string(),
      exitCode: z.int(),
      seconds: z.number(),
      /** The last of what the command printed. */
      output: z.string(),
    }),
  ),
});
export type BootReport = z.infer<typeof BootReport>;
