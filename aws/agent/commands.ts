import {
  CancelCommandCommand,
  type Command as SsmCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationResult,
  InvalidCommandId,
  InvalidInstanceId,
  InvocationDoesNotExist,
  paginateListCommands,
  SendCommandCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import * as z from "zod";
import { type BakeId, BuilderId } from "../../core/ids.ts";
import type { DocumentParameters } from "../document-parameters.ts";
import { type Bucket, readObject, writeObject } from "../objects.ts";
import type { Stage } from "../stage.ts";
import { bakePlaces } from "./places.ts";

/** The command that a bake's agent was started with, on the last of its builders. */
export const Command = z.strictObject({
  id: z.string(),
  builderId: BuilderId,
  requested: z.iso.datetime(),
  /** Whether it has ended, or was cancelled. */
  isOver: z.boolean().default(false),
});
export type Command = z.infer<typeof Command>;

export interface CommandsOrder extends Bucket {
  ssm: SSMClient;
  stage: Bucket["stage"] & Pick<Stage, "documentName">;
}

/** Seconds in which a builder that is up takes its command. */
export const deliveryTimeout = 600;

/** One command a builder: SendCommand knows no client token. */
export interface Commands {
  /**
   * Looks in the bake's record, which is there at once, and asks Systems Manager, whose answer may
   * be late: for all that a builder was sent, or for what is in flight on any.
   */
  find(bake: BakeId, builderId?: BuilderId): Promise<Command | undefined>;
  /** Undefined when Systems Manager does not know the builder, or no more. */
  send(
    bake: BakeId,
    builderId: BuilderId,
    parameters: DocumentParameters,
  ): Promise<Command | undefined>;
  /** Undefined while Systems Manager does not know it yet. */
  ask(command: Command): Promise<GetCommandInvocationResult | undefined>;
  /** Notes that the command has ended: what is over is not cancelled. */
  close(bake: BakeId, command: Command): Promise<void>;
  /** Says how many it cancelled. */
  cancel(bake: BakeId): Promise<number>;
}

export const openCommands = (aws: CommandsOrder): Commands => {
  const { ssm, stage } = aws;
  const record = async (bake: BakeId, command: Command): Promise<Command> => {
    await writeObject(aws, bakePlaces(bake).command, JSON.stringify(command));
    return command;
  };
  const find: Commands["find"] = async (bake, builderId) => {
    const kept = await readObject(aws, bakePlaces(bake).command);
    const known = kept === undefined ? undefined : Command.parse(JSON.parse(kept));
    // what EC2 took the capacity of has been told already: another builder is told anew
    if (known !== undefined && (builderId ?? known.builderId) === known.builderId) return known;
    const sent = await sentFor(ssm, stage, bake, builderId);
    return sent && record(bake, sent);
  };
  const close: Commands["close"] = async (bake, command) => {
    if (!command.isOver) await record(bake, { ...command, isOver: true });
  };
  return {
    ...{ find, close },
    async send(bake, builderId, parameters) {
      const order = orderOf(stage, bake, builderId, parameters);
      const sent = await ssm.send(new SendCommandCommand(order)).catch(unless(InvalidInstanceId));
      return sent?.Command && record(bake, commandOf(sent.Command, builderId));
    },
    ask: ({ id, builderId }) =>
      ssm
        .send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: builderId }))
        .catch(unless(InvocationDoesNotExist)),
    async cancel(bake) {
      const command = await find(bake);
      if (command === undefined || command.isOver) return 0;
      const order = { CommandId: command.id, InstanceIds: [command.builderId] };
      const done = await ssm
        .send(new CancelCommandCommand(order))
        .catch(unless(InvalidCommandId, InvalidInstanceId));
      await close(bake, command);
      return done === undefined ? 0 : 1;
    },
  };
};

const orderOf = (
  { documentName }: Pick<Stage, "documentName">,
  bake: BakeId,
  builderId: BuilderId,
  parameters: DocumentParameters,
) => ({
  DocumentName: documentName,
  InstanceIds: [builderId],
  Comment: bake,
  TimeoutSeconds: deliveryTimeout,
  Parameters: Object.fromEntries(
    Object.entries(parameters).map(([name, value]: [string, string]) => [name, [value]]),
  ),
});

/** The one whose comment is the bake: the answer to our call may be lost. */
const sentFor = async (
  ssm: SSMClient,
  { documentName }: Pick<Stage, "documentName">,
  bake: BakeId,
  InstanceId: BuilderId | undefined,
): Promise<Command | undefined> => {
  const ofDocument = { key: "DocumentName", value: documentName } as const;
  const inFlight = { key: "ExecutionStage", value: "Executing" } as const;
  const order =
    InstanceId === undefined
      ? { Filters: [ofDocument, inFlight] }
      : { InstanceId, Filters: [ofDocument] };
  for await (const { Commands = [] } of paginateListCommands({ client: ssm }, order)) {
    const found = Commands.find(({ Comment }) => Comment === bake);
    const [builderId] = found?.InstanceIds ?? [];
    if (found !== undefined && builderId !== undefined) {
      return commandOf(found, BuilderId.parse(builderId));
    }
  }
  return undefined;
};

const commandOf = (
  { CommandId, RequestedDateTime = new Date() }: SsmCommand,
  builderId: BuilderId,
): Command =>
  Command.parse({ id: CommandId, builderId, requested: RequestedDateTime.toISOString() });

type ErrorType = abstract new (...parameters: never[]) => Error;

/** Undefined for these errors. */
const unless =
  (...types: ErrorType[]) =>
  (error: unknown): undefined => {
    if (!types.some((type) => error instanceof type)) throw error;
    return undefined;
  };
