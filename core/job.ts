import * as z from "zod";
import { BakeId } from "./ids.ts";
import { Ancestor, Digest, FileSystem, OriginReference } from "./origin.ts";

/** EC2's names for processor architectures. */
export const Architecture = z.enum(["x86_64", "arm64"]);
export type Architecture = z.infer<typeof Architecture>;

/** EC2's `BootMode` of an image; `uefi-preferred` boots both ways. */
export const BootMode = z.enum(["legacy-bios", "uefi", "uefi-preferred"]);
export type BootMode = z.infer<typeof BootMode>;

const named = {
  name: z.string(),
  /** Seconds. */
  timeout: z.int().positive(),
  /** Why `when:` leaves this step out; absent when it runs. */
  skipped: z.string().optional(),
};

export const ShellStep = z.strictObject({
  ...named,
  kind: z.literal("shell"),
  /** Commands for `/bin/sh -e`; or `script`, never both. */
  inline: z.string().optional(),
  /** Path of an executable text in the bundle. */
  script: z.string().optional(),
  environment: z.record(z.string(), z.string()),
  workingDirectory: z.string(),
  allowedExitCodes: z.array(z.int()),
});
export type ShellStep = z.infer<typeof ShellStep>;

export const PackagesStep = z.strictObject({
  ...named,
  kind: z.literal("packages"),
  install: z.array(z.string()),
  remove: z.array(z.string()),
  upgrade: z.boolean(),
});
export type PackagesStep = z.infer<typeof PackagesStep>;

export const FileEntry = z.strictObject({
  /** Absolute path in the image. */
  path: z.string(),
  /** The text itself; or `source`, or `asset`: one of them. */
  content: z.string().optional(),
  /** Path of a file or folder in the bundle. */
  source: z.string().optional(),
  /** Name of an asset. */
  asset: z.string().optional(),
  /** Fill `${NAME}` in the source's text. */
  template: z.boolean(),
  owner: z.string(),
  group: z.string(),
  /** Octal, as in `0644`; the source's own, or 0644, when absent. */
  mode: z.string().optional(),
});
export type FileEntry = z.infer<typeof FileEntry>;

export const FilesStep = z.strictObject({
  ...named,
  kind: z.literal("files"),
  files: z.array(FileEntry),
});
export type FilesStep = z.infer<typeof FilesStep>;

export const ServicesStep = z.strictObject({
  ...named,
  kind: z.literal("services"),
  enable: z.array(z.string()),
  disable: z.array(z.string()),
  mask: z.array(z.string()),
});
export type ServicesStep = z.infer<typeof ServicesStep>;

export const UserEntry = z.strictObject({
  name: z.string(),
  uid: z.int().optional(),
  /** Primary group; one of the user's own name when absent. */
  group: z.string().optional(),
  /** Supplementary groups; made when missing. */
  groups: z.array(z.string()),
  comment: z.string(),
  home: z.string().optional(),
  shell: z.string().optional(),
  system: z.boolean(),
  sshAuthorizedKeys: z.array(z.string()),
});
export type UserEntry = z.infer<typeof UserEntry>;

export const UsersStep = z.strictObject({
  ...named,
  kind: z.literal("users"),
  users: z.array(UserEntry),
});
export type UsersStep = z.infer<typeof UsersStep>;

/** One entry of `configure:`, with its parameters filled in. */
export const Step = z.discriminatedUnion("kind", [
  ShellStep,
  PackagesStep,
  FilesStep,
  ServicesStep,
  UsersStep,
]);
export type Step = z.infer<typeof Step>;

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

/** Where a secret's value is fetched from when it is needed. */
export const SecretSource = z.union([
  z.strictObject({ environment: z.string() }),
  z.strictObject({ file: z.string() }),
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
  hygiene: z.strictObject({ keep: z.array(HygieneItem) }),
  tests: z.array(ImageTest),
  tags: z.record(z.string(), z.string()),
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
  /** Folders for fetched packages: one that bakes share, and one of this bake; absent, no cache. */
  packageCache: z.strictObject({ shared: z.string(), own: z.string() }).optional(),
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
  }),
  z.strictObject({ status: z.literal("failed"), error: z.string(), message: z.string() }),
]);
export type AgentResult = z.infer<typeof AgentResult>;

/** What a booted image reports of itself and its tests. */
export const BootReport = z.strictObject({
  /** Seconds since the epoch, by the image's clock. */
  clock: z.number(),
  /** Addresses the image got by DHCP. */
  addresses: z.array(z.string()),
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
