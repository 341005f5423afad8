import { createHash } from "node:crypto";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { DocumentParameters } from "../../aws/document-parameters.ts";
import type { Stage } from "../../aws/stage.ts";
import { BuilderOrder, builderFiles } from "../../core/builder-order.ts";
import type { AgentResult } from "../../core/job.ts";
import { type Call, type Front, jsonReply, openFront } from "./aws-front.ts";
import { bootedMachine } from "./booted-machine.ts";
import type { Moto } from "./moto.ts";
import { packedInventory } from "./small-inventory.ts";

/** What the agent's part is played by: its result, or none as long as it is at work. */
export type Play = (order: BuilderOrder) => AgentResult | "at work";

/** Systems Manager before moto's, with machines that do what they are sent. */
export interface RunCommand extends AsyncDisposable {
  front: Front;
  /** How agents go from here on. */
  play: Play;
  /** The orders that agents were started with. */
  orders: BuilderOrder[];
}

interface Invocation {
  Status: "Success" | "InProgress";
  StandardOutputContent?: string;
}

const parametersOf = ({ json }: Call): Record<string, string[]> =>
  json["Parameters"] as Record<string, string[]>;

/**
 * Moto sends commands nowhere, says Success of each, has no agents online and cannot cancel. Here
 * every machine is online, an agent is a script that reads its order and leaves what `play` says,
 * and a test program runs in a shell of this machine.
 */
export const openRunCommand = async (moto: Moto, stage: Stage): Promise<RunCommand> => {
  await using stack = new AsyncDisposableStack();
  const front = stack.use(await openFront(moto));
  const machine = stack.use(await bootedMachine());
  const invocations = new Map<string, Promise<Invocation>>();
  const objects = objectsOf(moto, stage);
  const held = stack.move();
  const world: RunCommand = {
    ...{ front, orders: [] },
    play: () => "at work",
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
  const agent = async (call: Call): Promise<Invocation> => {
    const order = await orderOf(objects, parametersOf(call));
    world.orders.push(order);
    const result = world.play(order);
    if (result === "at work") return { Status: "InProgress" };
    const [prefix = ""] = parametersOf(call)["prefix"] ?? [];
    await objects.put(`${prefix}${builderFiles.inventory}`, packedInventory);
    await objects.put(`${prefix}${builderFiles.result}`, JSON.stringify(result));
    return { Status: "Success" };
  };
  const tests = async (call: Call): Promise<Invocation> => {
    const program = (parametersOf(call)["commands"] ?? []).join("\n");
    return { Status: "Success", StandardOutputContent: await machine.run(program) };
  };
  front.on("DescribeInstanceInformation", ({ json }) => {
    const [filter] = json["Filters"] as { Values: string[] }[];
    const InstanceInformationList = (filter?.Values ?? []).map((InstanceId) => ({
      ...{ InstanceId, PingStatus: "Online" },
    }));
    return jsonReply({ InstanceInformationList });
  });
  front.on("SendCommand", async (call, forward) => {
    const reply = await forward();
    const { Command } = JSON.parse(reply.body) as { Command: { CommandId: string } };
    const isAgent = call.json["DocumentName"] === stage.documentName;
    const invocation = isAgent ? agent(call) : tests(call);
    invocation.catch(() => "told when it is asked for");
    invocations.set(Command.CommandId, invocation);
    return reply;
  });
  front.on("GetCommandInvocation", async ({ json }) => {
    const invocation = await invocations.get(String(json["CommandId"]));
    return jsonReply({ StatusDetails: invocation?.Status, ...invocation });
  });
  front.on("CancelCommand", () => jsonReply({}));
  return world;
};

const objectsOf = (moto: Moto, { artifactBucket: Bucket }: Stage) => {
  const s3 = new S3Client({ ...moto.client, forcePathStyle: true });
  return {
    put: (Key: string, Body: string | Buffer) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body })),
    async get(Key: string): Promise<Buffer> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
  };
};

/** As aws/bootstrap.sh and the agent's starter: what is there must be what was ordered. */
const orderOf = async (
  { get }: ReturnType<typeof objectsOf>,
  lists: Record<string, string[]>,
): Promise<BuilderOrder> => {
  const given = Object.fromEntries(
    Object.entries(lists).map(([name, [value = ""]]) => [name, value]),
  ) as unknown as DocumentParameters;
  const [agent, order] = await Promise.all(
    [builderFiles.agent, builderFiles.order].map((file) => get(`${given.prefix}${file}`)),
  );
  const sums = [agent, order].map((bytes = Buffer.alloc(0)) =>
    createHash("sha256").update(bytes).digest("hex"),
  );
  if (sums[0] !== given.agentSha256 || sums[1] !== given.orderSha256) {
    throw new Error(`the builder's folder has ${sums.join(", ")}: not what was ordered`);
  }
  return BuilderOrder.parse(JSON.parse(String(order)));
};
