import {
  type Command,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  paginateListCommands,
  SendCommandCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import * as z from "zod";
import { readReport } from "../../core/boot-report.ts";
import type { BootReport, ImageTest } from "../../core/job.ts";
import { codeOf } from "../machine/refusals.ts";
import { longest, testProgram } from "./script.ts";

/** A command that was sent to a machine. */
export interface Sent {
  commandId: string;
  requested: Date;
}

/** How the program ended; or that it is at work. */
export type Progress = { report: BootReport } | { failed: string } | "running";

/** Tells the command from others of that machine. */
const comment = "ovenbird: tests of the candidate";

/** Seconds after which Run Command does not begin any more. */
const delivery = 120;

/** The first one that was sent to that machine. */
export const findCommand = async (ssm: SSMClient, machineId: string): Promise<Sent | undefined> => {
  const found: Sent[] = [];
  const pages = paginateListCommands({ client: ssm }, { InstanceId: machineId });
  for await (const { Commands = [] } of pages) {
    for (const { CommandId, Comment, RequestedDateTime } of Commands) {
      if (Comment !== comment || CommandId === undefined) continue;
      found.push({ commandId: CommandId, requested: RequestedDateTime ?? new Date() });
    }
  }
  return found.toSorted((one, other) => one.requested.getTime() - other.requested.getTime())[0];
};

/** Has the tests run. Sent twice, they run once: the program sees to that. */
export const sendCommand = async (
  ssm: SSMClient,
  machineId: string,
  tests: readonly ImageTest[],
): Promise<Sent> => {
  const { Command } = await ssm.send(
    new SendCommandCommand({
      ...{ DocumentName: "AWS-RunShellScript", InstanceIds: [machineId], Comment: comment },
      TimeoutSeconds: delivery,
      Parameters: {
        commands: testProgram(tests).split("\n"),
        executionTimeout: [String(longest(tests))],
      },
    }),
  );
  return sentOf(Command);
};

const sentOf = ({ CommandId, RequestedDateTime = new Date() }: Command = {}): Sent => ({
  ...{ commandId: z.string().parse(CommandId), requested: RequestedDateTime },
});

/**
 * What came of the command. Its report decides, not its status: `Success` says only that a shell
 * ended with 0. When the machine is dead, SSM says nothing at all, so time is kept here, too.
 */
export const progressOf = async (
  ssm: SSMClient,
  machineId: string,
  { commandId, requested }: Sent,
  tests: readonly ImageTest[],
): Promise<Progress> => {
  const invocation = await invocationOf(ssm, machineId, commandId);
  const report = readReport(invocation?.StandardOutputContent ?? "", tests);
  if (report !== undefined) return { report };
  if (isOver(invocation)) return { failed: withoutReport(invocation) };
  const allowed = delivery + longest(tests) + 60;
  return Date.now() - requested.getTime() > allowed * 1000
    ? { failed: `the tests did not end in ${allowed} s: the image hangs, or its SSM agent died` }
    : "running";
};

/** Right after a command was sent there is none. */
const invocationOf = async (ssm: SSMClient, InstanceId: string, CommandId: string) => {
  try {
    return await ssm.send(new GetCommandInvocationCommand({ InstanceId, CommandId }));
  } catch (error) {
    if (codeOf(error) === "InvocationDoesNotExist") return undefined;
    throw error;
  }
};

type Invocation = GetCommandInvocationCommandOutput;

const isOver = (invocation: Invocation | undefined): invocation is Invocation =>
  ["Success", "Failed", "TimedOut", "Cancelled"].includes(invocation?.Status ?? "");

const withoutReport = ({ StatusDetails, StandardErrorContent = "" }: Invocation): string => {
  const details = StatusDetails ?? "no status";
  const said = StandardErrorContent.trimEnd().slice(-2000);
  return `the tests left no report; Run Command ended with ${details}${said === "" ? "" : `:\n${said}`}`;
};
