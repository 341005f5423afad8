import { randomUUID } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepNetwork } from "../network.ts";
import { mounted } from "../mount.ts";

/** What steps see of the kernel in /proc and /sys. */
export interface KernelFiles extends AsyncDisposable {
  /** bubblewrap's options that mount /proc and /sys below a folder: `/` or `/image`. */
  options(at: string): string[];
}

/**
 * Files and folders of /proc that tell of this machine's hardware, disks, keys or memory, or change
 * it, whatever capabilities the writer has: /proc/scsi/scsi takes a disk away. They are empty in
 * the sandbox. /proc/partitions and /proc/swaps are among them because an image's mdadm, os-prober
 * and initramfs-tools would write down the builder's disks as the image's.
 */
const hidden = [
  ...["acpi", "asound", "bus", "diskstats", "driver", "dynamic_debug", "fs", "iomem", "ioports"],
  ...["irq", "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount"],
  ...["kpageflags", "latency_stats", "mdstat", "modules", "mtrr", "pagetypeinfo", "partitions"],
  ...["sched_debug", "scsi", "slabinfo", "swaps", "sysrq-trigger", "timer_list", "timer_stats"],
  "vmallocinfo",
];

/**
 * What steps see of /sys: processors and memory, as C libraries and Java ask there how many there
 * are, and their own network. Not disks, firmware, modules and DMI: what an image is must not come
 * from the machine that baked it, and DMI holds a cloud's instance id.
 */
const shown = ["class/net", "devices/system", "devices/virtual/net", "kernel/mm"];

/** Prepares them in a folder of the agent's own; `cmdline` is the image's kernel command line. */
export const openKernelFiles = async (
  folder: string,
  network: StepNetwork,
  cmdline: string,
): Promise<KernelFiles> => {
  const [file, nowhere] = [join(folder, "nothing"), join(folder, "nowhere")];
  await writeFile(file, "");
  await mkdir(nowhere);
  const made = {
    // by this name programs tell which service manager runs; bubblewrap is none
    "/proc/1/comm": "init\n",
    "/proc/cmdline": `${cmdline}\n`,
    "/proc/sys/kernel/random/boot_id": `${randomUUID()}\n`,
  };
  const files: [string, string][] = [["/proc/sys", "/proc/sys"]]; // bwrap believes it to be read-only
  for (const [index, [path, content]] of Object.entries(made).entries()) {
    const source = join(folder, `made-${index}`);
    await writeFile(source, content, { mode: 0o444 });
    files.push([source, path]);
  }
  for (const path of hidden.map((name) => join("/proc", name))) {
    const there = await stat(path).catch(() => undefined);
    if (there !== undefined) files.push([there.isDirectory() ? nowhere : file, path]);
  }
  // mounted in the network, it shows the network's interfaces, not this machine's
  const order = { source: "sysfs", type: "sysfs", options: "ro,nosuid,nodev,noexec" };
  const sys = await mounted(join(folder, "sys"), order, network.enter);
  return {
    options: (at) => [
      ...["--proc", join(at, "/proc")],
      ...files.flatMap(([source, path]) => ["--ro-bind", source, join(at, path)]),
      ...["--tmpfs", join(at, "/sys")],
      ...shown.flatMap((path) => ["--ro-bind-try", join(sys.path, path), join(at, "/sys", path)]),
      ...["--remount-ro", join(at, "/sys")],
    ],
    [Symbol.asyncDispose]: () => sys[Symbol.asyncDispose](),
  };
};
