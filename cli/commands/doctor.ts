import { NotReady } from "../../core/errors.ts";
import {
  checkUp,
  packagedMissing,
  type CheckUp,
  type Finding,
  type Verdict,
} from "../../local/requirements/check-up.ts";
import { install } from "../../local/requirements/install.ts";
import { isRoot } from "../../local/requirements/machine.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { interruptible } from "../interruptible.ts";
import { note, print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { table } from "../table.ts";

interface Options {
  install?: boolean;
  json?: boolean;
  state?: string;
}

/** Says what this machine needs to bake and what of it is missing; installs it when told to. */
export const doctor = async (_operands: string[], options: Options): Promise<void> => {
  useSystemFolders();
  if (options.install) await interruptible(note, installMissing);
  const found = await checkUp(stateDirOf(options.state));
  if (options.json) printJson(found);
  else print(text(found));
  if (!found.ready) throw new NotReady(remedy(found));
};

const installMissing = async (signal: AbortSignal): Promise<void> => {
  const missing = packagedMissing();
  if (missing.length === 0) return;
  if (!isRoot()) throw new NotReady("only root may install packages: run it with sudo");
  await install(missing);
  signal.throwIfAborted();
};

const text = ({ requirements, machine }: CheckUp): string =>
  [table([], requirements.map(row)), "", table([], machine.map(row))].join("\n");

const row = ({ id, purpose, verdict, message }: Finding): string[] =>
  purpose === undefined
    ? [marks[verdict], id, message]
    : [marks[verdict], id, `to ${purpose}`, message];

const marks: Record<Verdict, string> = { ok: "✓", missing: "✗", note: "!" };

const remedy = ({ install }: CheckUp): string => {
  if (install === null) return "this machine is not ready to bake: see the lines marked ✗";
  const command = isRoot() ? install.join(" ") : `sudo ${install.join(" ")}`;
  return `this machine is not ready to bake; install what is missing with:\n  ${command}`;
};
