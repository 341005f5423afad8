import { isatty } from "node:tty";
import { NotReady } from "../../core/errors.ts";
import { isRoot } from "../../local/requirements/machine.ts";
import { findCommand, useSystemFolders } from "../../local/requirements/search-path.ts";
import { openBakery } from "../bakery.ts";
import { interruptible } from "../interruptible.ts";
import { note } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { localTime } from "../table.ts";
import { terminalState } from "../terminal-state.ts";

interface Options {
  secrets?: string;
  state?: string;
}

/** Opens a shell on a kept builder's disk, or runs a command there; exits as that does. */
export const shell = async (operands: string[], options: Options): Promise<void> => {
  const [bakeOrRecipe = "", ...command] = operands;
  useSystemFolders();
  const bakery = openBakery(stateDirOf(options.state));
  const kept = await bakery.findKept(bakeOrRecipe);
  // not process.stdin: that would take what is for the shell
  const terminal = isatty(0) && isatty(1) ? (process.env["TERM"] ?? "dumb") : undefined;
  requireTools(terminal !== undefined);
  using _ = terminalState();
  if (terminal !== undefined && command.length === 0) {
    note(`the disk of ${kept.bake}, kept until ${localTime(kept.until.toISOString())}`);
    note(`${kept.failure}\n\`exit\` ends the shell; what it changes stays until the next`);
  }
  process.exitCode = await interruptible(note, (signal) =>
    bakery.shell(kept, {
      ...{ command, secretsFrom: options.secrets, terminal, signal },
      events: (event) => event.event === "step-output" && note(event.text),
    }),
  );
};

const requireTools = (onTerminal: boolean): void => {
  if (!isRoot()) throw new NotReady("a shell on a disk mounts it, which only root may: use sudo");
  if (!onTerminal || findCommand("script") !== undefined) return;
  throw new NotReady(
    "a terminal of its own is made for the shell by script, which is not on this machine: install it (in bsdutils, util-linux or util-linux-script)",
  );
};
