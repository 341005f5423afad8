import type { SSMClient } from "@aws-sdk/client-ssm";
import { setTimeout as sleep } from "node:timers/promises";
import { judge } from "../../core/boot-report.ts";
import { TestsFailed, TestsRunning } from "../../core/errors.ts";
import type { BootReport } from "../../core/job.ts";
import type { TestOrder } from "../../core/ports.ts";
import type { Machine, Machines } from "../machine/instances.ts";
import { isOnline, usualWait } from "../machine/online.ts";
import { findCommand, type Progress, progressOf, sendCommand } from "./commands.ts";
import { consoleOf, type ConsoleView } from "./console.ts";
import { mostTests } from "./script.ts";
import type { TestReport } from "./report.ts";

/** Minutes in which an image has to have booted. */
export const bootPatience = 15;

/** Minutes that the SSM agent of an image has to answer in, when its console says it has booted. */
const agentPatience = 4;

/** How it went. */
type Verdict = Pick<TestReport, "outcome" | "message" | "report" | "console">;

/**
 * Looks how far a machine is, and has the tests run once its SSM agent answers. Throws TestsRunning
 * until there is a verdict.
 */
export const examine = async (
  aws: Machines & { ssm: SSMClient },
  machine: Machine,
  { recipe: { tests } }: TestOrder,
): Promise<Verdict> => {
  if (machine.state === "pending") throw running(machine, "is starting");
  if (tests.length > mostTests) {
    return failed(`${tests.length} tests are more than can be reported, which is ${mostTests}`);
  }
  const sent = await findCommand(aws.ssm, machine.id);
  if (sent === undefined) {
    if (!(await isOnline(aws.ssm, machine.id))) return withoutAgent(aws, machine, tests.length);
    await sendCommand(aws.ssm, machine.id, tests);
    throw running(machine, "has booted, and its tests begin");
  }
  const progress = await awaitTests(aws, () => progressOf(aws.ssm, machine.id, sent, tests));
  if (progress === "running") throw running(machine, "has booted, and its tests are at work");
  if ("failed" in progress) return failed(progress.failed);
  return judged(progress.report, () => judge(progress.report, tests, Date.now()));
};

/** While the machine's id is at hand, to ask for its tests takes no call of EC2's. */
const awaitTests = async (
  { boot = usualWait }: Pick<Machines, "boot">,
  ask: () => Promise<Progress>,
): Promise<Progress> => {
  const end = Date.now() + boot.most;
  for (;;) {
    const progress = await ask();
    if (progress !== "running" || Date.now() + boot.pause >= end) return progress;
    await sleep(boot.pause);
  }
};

const running = ({ id }: Machine, what: string) =>
  new TestsRunning(`the test machine ${id} ${what}`);

const failed = (message: string, more: Partial<Verdict> = {}): Verdict => ({
  ...{ outcome: "failed", message },
  ...more,
});

const judged = (report: BootReport, judge: () => void, console?: string): Verdict => {
  try {
    judge();
    return { outcome: "passed", message: "", report, console };
  } catch (error) {
    if (!(error instanceof TestsFailed)) throw error;
    return failed(error.message, { report, console });
  }
};

/** Until the agent answers, and for ever where there is none, there is only the serial console. */
const withoutAgent = async (aws: Machines, machine: Machine, tests: number): Promise<Verdict> => {
  const view = await consoleOf(aws.ec2, machine.id);
  const minutes = (Date.now() - machine.launched.getTime()) / 60_000;
  if (view.state === "failed") return failedBoot("the image did not boot", view);
  if (view.state === "booted" && minutes > agentPatience) return byConsole(view, tests);
  if (minutes > bootPatience) {
    const late = `the image did not boot in ${bootPatience} minutes: neither does an SSM agent answer in it, nor does its serial console show a login prompt (does its kernel have console=ttyS0?)`;
    return failedBoot(late, view);
  }
  throw running(
    machine,
    view.state === "booted"
      ? "shows a login prompt, and no SSM agent answers in it yet"
      : "is booting: no SSM agent answers in it yet",
  );
};

const failedBoot = (what: string, { tail }: ConsoleView): Verdict =>
  failed(
    tail === "" ? `${what}; its console shows nothing` : `${what}; its console ends in:\n${tail}`,
    {
      console: tail,
    },
  );

const byConsole = ({ failedUnits, tail }: ConsoleView, tests: number): Verdict => {
  const report = { failedUnits, tests: [] };
  if (tests === 0) return judged(report, () => judge(report, [], Date.now()), tail);
  const what = tests === 1 ? "its test cannot" : `its ${tests} tests cannot`;
  return failed(
    `the image booted, and ${what} be run: no SSM agent answers in it. Install and enable amazon-ssm-agent in a step (a package on Amazon Linux, a snap on Ubuntu, a .deb or .rpm of AWS's elsewhere), or leave tests: out; if it is there, ask why it does not reach SSM from the stage's network`,
    { report, console: tail },
  );
};
