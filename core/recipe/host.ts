import { posix } from "node:path";
import * as z from "zod";
import type { HostAccess, HostCommand, HostMount } from "../host.ts";
import { isKernelFolder, noMountPoint } from "../mount-point.ts";
import { Duration, seconds } from "./duration.ts";
import { AbsolutePath, hostPath, Title } from "./formats.ts";
import { distinct } from "./plan.ts";
import { atLeastOne, exactlyOne, keyed, pattern, required, some } from "./shape.ts";
import { titleOf } from "./title-of.ts";

const COPY = "write a path of the builder, or a map with from and to";
const COPIES = 'list files of the builder, as in ["/etc/ssl/certs/site.pem"]';
const MOUNTS = "list mounts, as in [{path: /mnt/packages, bind: /srv/packages}]";
const COMMAND = "a command is text for /bin/sh, not empty";
const COMMANDS = 'list commands, as in ["modprobe nbd"]';

const HostFile = hostPath("a file beside the recipe is put there by a files step");
const HostFolder = hostPath("a folder beside the recipe is an asset");

const WrittenCopy = z.union(
  [
    HostFile,
    keyed({
      from: HostFile.describe("A file of the builder."),
      to: AbsolutePath.describe("Its path in the image."),
    }),
  ],
  { error: COPY },
);
type WrittenCopy = z.infer<typeof WrittenCopy>;

const copyOf = (copy: WrittenCopy) =>
  typeof copy === "string" ? { from: copy, to: copy } : { ...copy };

// The agent has them in the image itself while steps run.
const given: Record<string, string> = {
  "/etc/resolv.conf": "leave it out: steps have a resolver, which asks the builder's",
  "/usr/sbin/policy-rc.d": "leave it out: steps have one, which starts no service",
};

const Copies = some(WrittenCopy, COPIES).superRefine((copies, context) => {
  const taken = new Set<string>();
  for (const [index, copy] of copies.entries()) {
    const to = posix.resolve("/", copyOf(copy).to);
    const path = typeof copy === "string" ? [index] : [index, "to"];
    const say = (message: string, hint: string) =>
      context.addIssue({ code: "custom", message, path, params: { hint } });
    if (given[to] !== undefined) say(`the bake puts ${to} into the image itself`, given[to]);
    if (taken.has(to)) say(`two files are copied to ${to}`, "keep one of them");
    taken.add(to);
  }
});

const KINDS = ["bind", "tmpfs"];

const WrittenMount = keyed({
  path: AbsolutePath.describe("The folder in the image; made for the time when it is missing."),
  bind: HostFolder.optional().describe("A folder of the builder; or"),
  tmpfs: pattern(
    /^[1-9][0-9]{0,5}[MG]$/,
    "a size is a whole number of MiB or GiB, as in 512M or 2G",
  )
    .optional()
    .describe("Memory of at most this size: 512M, 2G."),
  writable: z
    .boolean()
    .optional()
    .describe("true: steps may change the builder's folder, as root. Memory is always writable."),
})
  .check(exactlyOne(KINDS))
  .superRefine(({ path, bind, tmpfs, writable }, context) => {
    const say = (key: string, message: string, hint: string, on = "value") =>
      context.addIssue({ code: "custom", message, path: [key], params: { hint, on } });
    const why = noMountPoint(path);
    if (why !== undefined) {
      say("path", `nothing can be mounted on ${path}: ${why}`, "name another folder, as in /mnt/x");
    }
    if (bind !== undefined && isKernelFolder(bind)) {
      say(
        "bind",
        `${bind} is of the builder's kernel`,
        "steps have a /proc, /sys and /dev already",
      );
    }
    if (tmpfs !== undefined && writable !== undefined) {
      say("writable", "writable is for a bind", "leave writable out", "key");
    }
  })
  .meta({ oneOf: required(KINDS) });

const Command = z.string({ error: COMMAND }).min(1, { error: COMMAND });

const WrittenCommand = z.union(
  [
    Command,
    keyed({
      name: Title.optional().describe("What progress and failures call it."),
      command: Command.describe("A command for /bin/sh -e, run as root on the builder."),
      timeout: Duration.default("30m").describe("How long it may take."),
    }),
  ],
  { error: "write a command, or a map with name and command" },
);
type WrittenCommand = z.infer<typeof WrittenCommand>;

const WrittenCommands = some(WrittenCommand, COMMANDS);

/** Keys of `host:`, and what each does to the builder. */
export const HOST_KEYS = {
  copy_files: "copies files of the builder into the image while steps run",
  mounts: "mounts folders or memory of the builder while steps run",
  before_mount: "runs commands on the builder as root",
  after_mount: "runs commands on the builder as root",
} as const;
export type HostKey = keyof typeof HOST_KEYS;

/** `host:`, as written. */
export const WrittenHost = keyed({
  copy_files: Copies.optional().describe(
    "Files of the builder that are in the image while steps run, and not in the finished one.",
  ),
  mounts: some(WrittenMount, MOUNTS)
    .optional()
    .describe("Folders of the builder, or memory, that are mounted in the image while steps run."),
  before_mount: WrittenCommands.optional().describe(
    "Commands run on the builder before the disk is mounted, which is $OVENBIRD_DISK.",
  ),
  after_mount: WrittenCommands.optional().describe(
    "Commands run on the builder once the image is mounted, at $OVENBIRD_ROOT.",
  ),
})
  .check(atLeastOne(Object.keys(HOST_KEYS)))
  .meta({ anyOf: required(Object.keys(HOST_KEYS)) });
export type WrittenHost = z.infer<typeof WrittenHost>;

const mebibytes = (size: string): number =>
  Number(size.slice(0, -1)) * (size.endsWith("G") ? 1024 : 1);

const mountOf = ({ path, bind, tmpfs = "", writable = false }: MountEntry): HostMount =>
  bind === undefined
    ? { kind: "tmpfs", path, size: mebibytes(tmpfs) }
    : { kind: "bind", path, source: bind, writable };
type MountEntry = NonNullable<WrittenHost["mounts"]>[number];

const commandsOf = (written: readonly WrittenCommand[] = []): HostCommand[] => {
  const all = written.map((one) =>
    typeof one === "string" ? { command: one, timeout: "30m", name: undefined } : one,
  );
  const names = distinct(all.map(({ name, command }) => name ?? titleOf(command)));
  return all.map(({ command, timeout }, index) => ({
    ...{ name: names[index] ?? "", command, timeout: seconds(timeout) },
  }));
};

/** What the agent is told of it. */
export const hostOf = (written: WrittenHost): HostAccess => ({
  copyFiles: (written.copy_files ?? []).map(copyOf),
  mounts: (written.mounts ?? []).map(mountOf),
  beforeMount: commandsOf(written.before_mount),
  afterMount: commandsOf(written.after_mount),
});
