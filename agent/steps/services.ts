import { StepFailed } from "../../core/errors.ts";
import type { ServicesStep } from "../../core/step.ts";
import { hasProgram } from "../has-program.ts";
import type { InStep, StepContext } from "./step-context.ts";

type Verb = "enable" | "disable" | "mask";

/** How a service manager is told, without running it. */
type Command = (verb: Verb, service: string) => string[];

const systemd: Command = (verb, service) => ["systemctl", verb, "--", service];

/** OpenRC has no masks: what may not start is in no run level. */
const openRc: Command = (verb, service) => [
  ...["rc-update", verb === "enable" ? "add" : "delete", service],
  ...(verb === "enable" ? ["default"] : ["--all"]),
];

const managers: [string, Command][] = [
  ["systemctl", systemd],
  ["rc-update", openRc],
];

/** Sets which services start when the image boots; none is started now. */
export const setServices = async (
  { sandbox }: StepContext,
  step: ServicesStep,
  inStep: InStep,
): Promise<void> => {
  const command = await managerOf(sandbox.root);
  for (const verb of ["enable", "disable", "mask"] as const) {
    for (const service of step[verb]) await inStep(command(verb, service));
  }
};

const managerOf = async (root: string): Promise<Command> => {
  for (const [program, command] of managers) if (await hasProgram(root, program)) return command;
  throw new StepFailed("the image has neither systemctl nor rc-update to set services with");
};
