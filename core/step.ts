import * as z from "zod";
import { ansibleWork } from "./ansible-work.ts";

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
  /** Whether it does the same to the same disk, so that it need not run again. */
  cache: z.boolean(),
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

export const AnsibleStep = z.strictObject({ ...named, kind: z.literal("ansible"), ...ansibleWork });
export type AnsibleStep = z.infer<typeof AnsibleStep>;

/** One entry of `configure:`, with its parameters filled in. */
export const Step = z.discriminatedUnion("kind", [
  ShellStep,
  PackagesStep,
  FilesStep,
  ServicesStep,
  UsersStep,
  AnsibleStep,
]);
export type Step = z.infer<typeof Step>;
