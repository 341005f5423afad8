import type { SSMClient } from "@aws-sdk/client-ssm";
import { setTimeout as sleep } from "node:timers/promises";
import { judge } from "../../core/boot-report.ts";
import { TestsFailed, TestsRunning } from "../../core/errors.ts";
import type { BootReport } from "../../core/job.ts";
import type { TestOrder } from "../../core/ports.ts";
import type { Machine, Machines } from "../machine/instances.ts";
import { comesOnline, isOnline, usualWait } from "../machine/online.ts";
import { findCommand, type Progress, progressOf, type Sent, sendCommand } from "./commands.ts";
import { consoleOf, type ConsoleView } from "./console.ts";
import { mostTests } from "./script.ts";
import type { TestReport } from "./report.ts";

/** Minutes in which an image has to have booted. */
export const bootPatience = 15;

/** Minutes before which a console shows nothing that its agent would not tell, or that is over. */
const consolePatience = 2;

/** Minutes that the SSM agent of an image has to answer in, when its console says it has booted. */
const agentPatience = 4;

/** How it went. */
type Verdict = Pick<TestReport, "outcome" | "message" | "report" | "console">;

/** A machine that is looked at, by a function that began at that moment. */
export interface Examined extends TestOrder {
  machine: Machine;
  /** Milliseconds since the epoch. */
  began: number;
  /** Whether that function started it. */
  isNew?: boolean;
}

type Aws = Machines & { ssm: SSMClient };

/**
 * Waits as long as a function may for its SSM agent, has the tests run, and waits for them: while
 * the machine's id is at hand, that takes no call of EC2's. Throws TestsRunning until there is a
 * verdict.
 */
export const examine = async (aws: Aws, order: Examined): Promise<Verdict> => {
  const { machine, began } = order;
  const { tests } = order.recipe;
  if (tests.length > mostTests) {
    return failed(`${tests.length} tests are more than can be reported, which is ${mostTests}`);
  }
  const sent = await findSent(aws, order);
  const ready = sent ?? (await begin(aws, order));
  if (ready === undefined) return withoutAgent(aws, order, tests.length);
  const ask = () => progressOf(aws.ssm, machine.id, ready, tests);
  const progress = await awaitTests(aws, { began, isSentNow: sent === undefined, ask });
  if (progress === "running") {
    const what = sent === undefined ? "tests begin" : "tests are at work";
    throw running(machine, `has booted, and its ${what}`);
  }
  if ("failed" in progress) return failed(progress.failed);
  return judged(progress.report, () => judge(progress.report, tests, Date.now()));
};

/** A machine that does not run yet was sent nothing. */
const isYoung = ({ machine, isNew = false }: Examined): boolean =>
  isNew || machine.state === "pending";

const findSent = async ({ ssm }: Aws, order: Examined): Promise<Sent | undefined> =>
  isYoung(order) ? undefined : findCommand(ssm, order.machine.id);

/** Undefined when its agent does not answer, yet or at all. */
const begin = async (aws: Aws, order: Examined): Promise<Sent | undefined> => {
  const { machine, began, recipe, isNew = false } = order;
  const isUp =
    (!isYoung(order) && (await isOnline(aws.ssm, machine.id))) ||
    (await comesOnline(aws, machine, began));
  if (isUp) return sendCommand(aws.ssm, machine.id, recipe.tests);
  if (isNew) throw running(machine, started(order));
  if (isYoung(order)) throw running(machine, "is starting");
  return undefined;
};

const started = ({ imageId, machine: { type, zone } }: Examined): string =>
  `of ${imageId} was started: ${type} in ${zone}`;

interface Awaited {
  began: number;
  /** None is over at once. */
  isSentNow: boolean;
  ask(): Promise<Progress>;
}

const awaitTests = async (
  { boot = usualWait }: Pick<Machines, "boot">,
  { began, isSentNow, ask }: Awaited,
): Promise<Progress> => {
  const end = began + boot.most;
  let progress: Progress = isSentNow ? "running" : await ask();
  while (progress === "running" && Date.now() + boot.pause < end) {
    await sleep(boot.pause);
    progress = await ask();
  }
  return progress;
};

const running = ({ id }: Machine, what: string) =>
  new TestsRunning(`the test machine ${id} ${what}`);

const booting = "is booting: no SSM agent answers in it yet";

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
const withoutAgent = async (
  aws: Machines,
  { machine }: Examined,
  tests: number,
): Promise<Verdict> => {
  const minutes = (Date.now() - machine.launched.getTime()) / 60_000;
  if (minutes < consolePatience) throw running(machine, booting);
  const view = await consoleOf(aws.ec2, machine.id);
  if (view.state === "failed") return failedBoot("the image did not boot", view);
  if (view.state === "booted" && minutes > agentPatience) return byConsole(view, tests);
  if (minutes > bootPatience) {
    const late = `the image did not boot in ${bootPatience} minutes: neither does an SSM agent answer in it, nor does its serial console show a login prompt (does its kernel have console=ttyS0?)`;
    return failedBoot(late, view);
  }
  throw running(
    machine,
    view.state === "booted" ? "shows a login prompt, and no SSM agent answers in it yet" : booting,
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
