import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { openParameters } from "./parameters.ts";
import { page } from "./world.ts";

type Operations = Record<string, (input: never) => object | Promise<object>>;

/** What a builder does with a command that it is sent: an exit code, once it is done. */
export interface Played {
  /** Milliseconds that it takes. */
  after: number;
  exitCode: number;
  output?: string;
}

export interface Command {
  id: string;
  instanceId: string;
  comment: string;
  parameters: Record<string, string[]>;
  started: number;
  played: Played;
  isCancelled: boolean;
}

export interface ManagerOrder {
  clock: Clock;
  isOnline(instanceId: string): boolean;
  /** When it ends, in milliseconds since the epoch. */
  endsAt(instanceId: string): number;
  /** The builder's part in a command; what it writes elsewhere, it writes after its time. */
  play(instanceId: string, parameters: Record<string, string[]>): Played;
}

/** Systems Manager: parameters, managed instances, commands. */
export const openManager = ({ clock, isOnline, endsAt, play }: ManagerOrder) => {
  const { parameters, ...store } = openParameters(clock);
  const commands: Command[] = [];
  const statusOf = ({ instanceId, started, played, isCancelled }: Command): string => {
    if (isCancelled) return "Cancelled";
    // what its machine did not live to answer stays so until the command's time is up
    if (endsAt(instanceId) < started + played.after) return "InProgress";
    if (clock.now() < started + played.after) return "InProgress";
    return played.exitCode === 0 ? "Success" : "Failed";
  };
  const named = (id: string): Command => {
    const found = commands.find((one) => one.id === id);
    if (found === undefined) throw serviceError("InvalidCommandId", id);
    return found;
  };
  const about = (one: Command) => ({
    ...{ CommandId: one.id, InstanceId: one.instanceId, InstanceIds: [one.instanceId] },
    ...{ Comment: one.comment, Status: statusOf(one), StatusDetails: statusOf(one) },
    ...{ RequestedDateTime: new Date(one.started), Parameters: one.parameters },
  });
  let made = 0;
  const operations = {
    ...store.operations,
    DescribeInstanceInformation({
      Filters = [],
    }: {
      Filters?: { Key?: string; Values?: string[] }[];
    }) {
      const ids = Filters.filter(({ Key }) => Key === "InstanceIds").flatMap(
        ({ Values = [] }) => Values,
      );
      const online = ids.filter(isOnline);
      return {
        InstanceInformationList: online.map((InstanceId) => ({ InstanceId, PingStatus: "Online" })),
      };
    },
    SendCommand(input: {
      InstanceIds?: string[];
      Comment?: string;
      Parameters?: Record<string, string[]>;
    }) {
      const [instanceId = ""] = input.InstanceIds ?? [];
      if (!isOnline(instanceId)) throw serviceError("InvalidInstanceId", instanceId);
      const given = input.Parameters ?? {};
      const command: Command = {
        ...{ id: `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`, instanceId },
        ...{ comment: input.Comment ?? "", parameters: given, started: clock.now() },
        ...{ played: play(instanceId, given), isCancelled: false },
      };
      commands.push(command);
      return { Command: about(command) };
    },
    ListCommands({
      CommandId,
      InstanceId,
      NextToken,
    }: {
      CommandId?: string;
      InstanceId?: string;
      NextToken?: string;
    }) {
      const found = commands.filter(
        (one) =>
          (CommandId === undefined || one.id === CommandId) &&
          (InstanceId === undefined || one.instanceId === InstanceId),
      );
      const { items, next } = page(found, NextToken);
      return { Commands: items.map(about), NextToken: next };
    },
    ListCommandInvocations({ CommandId, InstanceId }: { CommandId?: string; InstanceId?: string }) {
      const found = commands.filter(
        (one) =>
          (CommandId === undefined || one.id === CommandId) &&
          (InstanceId === undefined || one.instanceId === InstanceId),
      );
      return { CommandInvocations: found.map(about) };
    },
    GetCommandInvocation({ CommandId = "" }: { CommandId?: string }) {
      const one = named(CommandId);
      const isOver = statusOf(one) !== "InProgress";
      return {
        ...about(one),
        ResponseCode: isOver ? one.played.exitCode : -1,
        StandardOutputContent: isOver ? (one.played.output ?? "") : "",
        StandardErrorContent: "",
      };
    },
    CancelCommand({ CommandId = "" }: { CommandId?: string }) {
      const one = named(CommandId);
      if (statusOf(one) === "InProgress") one.isCancelled = true;
      return {};
    },
  };
  return { parameters, commands, operations: operations as unknown as Operations };
};
