import { NotBootable } from "../../core/errors.ts";
import type { Architecture } from "../../core/job.ts";
import { inside } from "../inside.ts";
import { machineCodeOf } from "./machine-code.ts";

/** Programs that one image or another has; each is what all others depend on. */
const programs = [
  "/usr/bin/sh",
  "/bin/sh",
  "/usr/lib/systemd/systemd",
  "/sbin/init",
  "/bin/busybox",
];

/** The architecture that the image's own programs are made for. Throws NotBootable. */
export const architectureOf = async (root: string): Promise<Architecture> => {
  for (const program of programs) {
    const path = await inside(root, program).catch(() => undefined);
    const code = path && (await machineCodeOf(path));
    if (!code || code.format !== "ELF") continue;
    if (code.architecture !== undefined) return code.architecture;
    throw new NotBootable(
      `the image's ${program} is for a machine (ELF ${code.machine}) that is neither x86_64 nor arm64`,
    );
  }
  throw new NotBootable(
    `the image has no program that says its architecture: ${programs.join(", ")}`,
  );
};
