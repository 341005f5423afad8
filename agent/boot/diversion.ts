import { rm } from "node:fs/promises";
import { CommandFailed } from "../../core/errors.ts";
import { hasProgram } from "../has-program.ts";
import { insideParent } from "../inside.ts";
import { writeReplaced } from "../replaced.ts";
import type { Sandbox } from "../sandbox.ts";
import type { StandIn } from "../stand-ins.ts";

/** Seconds: dpkg-divert takes a moment; what an image calls so may take forever. */
const patience = 300;

const original = (path: string): string => `${path}.ovenbird-original`;

/**
 * Has dpkg put the package's own file elsewhere, now and when it is upgraded in the midst of a
 * step. Answers false where the image has no dpkg, or its owner has diverted the file already.
 */
export const divert = async (sandbox: Sandbox, standIn: StandIn): Promise<boolean> => {
  if (!(await hasProgram(sandbox.root, "dpkg-divert"))) return false;
  const { path } = standIn;
  const { status } = await runDivert(sandbox, path, "--add");
  if (status !== 0) return false;
  await writeDiverted(sandbox.root, standIn);
  return true;
};

export const writeDiverted = async (
  root: string,
  { path, content, mode }: StandIn,
): Promise<void> => {
  await writeReplaced(root, path, content, mode);
};

/** Puts the package's own file back where it belongs. Throws CommandFailed. */
export const undivert = async (sandbox: Sandbox, { path }: StandIn): Promise<void> => {
  await rm(await insideParent(sandbox.root, path), { recursive: true, force: true });
  const { status, tail } = await runDivert(sandbox, path, "--remove");
  if (status === 0) return;
  throw new CommandFailed([`dpkg-divert could not put ${path} back:`, ...tail].join("\n"));
};

const runDivert = (sandbox: Sandbox, path: string, how: "--add" | "--remove") =>
  sandbox.run(
    ["dpkg-divert", "--quiet", "--local", "--rename", "--divert", original(path), how, path],
    { timeout: patience },
  );
