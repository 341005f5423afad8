import { spawn } from "node:child_process";
import { once } from "node:events";
import { CommandFailed, NotReady } from "../../core/errors.ts";
import { neededRequirements, lacks } from "../../local/requirements/missing.ts";
import { missingText } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import type { Image } from "../../core/image.ts";
import { openBakery } from "../bakery.ts";
import { interruptible } from "../interruptible.ts";
import { note } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  firmware: "uefi" | "bios";
  memory: number;
  state?: string;
}

/** Boots an image in QEMU on this terminal, until it powers off or is told to end. */
export const boot = async ([idOrName = ""]: string[], options: Options): Promise<void> => {
  useSystemFolders();
  const bakery = openBakery(stateDirOf(options.state));
  const image = await bakery.find(idOrName);
  checkEmulator(image);
  const { firmware, memory } = options;
  const command = await bakery.bootCommand(image, { firmware, memory });
  note(`booting ${image.imageId} (${image.name}); what it writes is thrown away; Ctrl-A X ends it`);
  await interruptible(note, (signal) => run(command, signal));
};

const checkEmulator = ({ disk: { architecture } }: Image): void => {
  const needed = neededRequirements({
    architecture,
    fileSystems: [],
    distributions: [],
    origins: [],
    boots: true,
    steps: [],
  });
  const missing = needed.filter(
    (requirement) => ["qemu", "firmware"].includes(requirement.id) && lacks(requirement).length > 0,
  );
  if (missing.length > 0) throw new NotReady(missingText(missing));
};

const run = async ([program = "", ...rest]: string[], signal: AbortSignal): Promise<void> => {
  // On its own terminal QEMU passes Ctrl-C on to the image, so a signal here comes from elsewhere.
  const qemu = spawn(program, rest, { stdio: "inherit" });
  const end = () => qemu.kill("SIGTERM");
  signal.addEventListener("abort", end);
  try {
    await once(qemu, "exit");
    signal.throwIfAborted();
    const { exitCode, signalCode } = qemu;
    if (exitCode !== 0) throw new CommandFailed(`${program} ended with ${signalCode ?? exitCode}`);
  } finally {
    signal.removeEventListener("abort", end);
  }
};
