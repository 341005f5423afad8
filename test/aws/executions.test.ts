import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bakeMachineName } from "../../aws/bake-machine.ts";
import { sfnExecutions } from "../../aws/executions.ts";
import { retries } from "../../aws/retries.ts";
import { someStage } from "../support/aws-stage.ts";
import { someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

const input = { recipe: "web.yaml", parameters: {}, keep_builder: false };
const stage = someStage();

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

describe.skipIf(noMoto !== "")(`executions over Step Functions${noMoto}`, () => {
  let moto: Moto;
  let sfn: SFNClient;

  beforeAll(async () => {
    moto = await openMoto();
    sfn = new SFNClient({ ...moto.client, ...retries });
    await sfn.send(
      new CreateStateMachineCommand({
        ...{ name: bakeMachineName(stage.name), roleArn: `arn:aws:iam::${stage.account}:role/x` },
        definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
      }),
    );
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const executions = () => sfnExecutions({ sfn, stage });

  test("are started once, and again only told so", async () => {
    const bake = someBake();
    expect(await executions().start(bake, input)).toBe("started");
    // the same input while it runs is the same execution; another is one too many
    expect(await executions().start(bake, input)).toBe("started");
    expect(await executions().start(bake, { ...input, recipe: "x" })).toBe("again");
    expect(await executions().describe(bake)).toMatchObject({ bake, status: "running" });
  });

  test("are listed by what became of them, and stopped ones as such", async () => {
    const [one, two] = [someBake(), someBake()];
    for (const bake of [one, two]) await executions().start(bake, input);
    await executions().stop(one, "BakeStopped", "somebody stopped it");
    expect(await executions().describe(one)).toMatchObject({ status: "stopped" });
    const running = await all(executions().list("running"));
    expect(running.map(({ bake }) => bake)).toContain(two);
    expect(running.map(({ bake }) => bake)).not.toContain(one);
    expect(await all(executions().list())).toEqual(
      expect.arrayContaining([expect.objectContaining({ bake: one, ended: expect.any(Date) })]),
    );
  });

  test("that are not there are undefined, and cannot be stopped", async () => {
    const bake = someBake();
    expect(await executions().describe(bake)).toBeUndefined();
    const stopped = executions().stop(bake, "x", "y");
    await expect(stopped).rejects.toMatchObject({ name: "NotFound" });
  });
});

/* Moto's history is made up, so what Step Functions says is written down here. */

const answering = async (answers: Record<string, unknown>[]) => {
  const asked: Record<string, unknown>[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    asked.push(JSON.parse(body) as Record<string, unknown>);
    const next = answers[Math.min(asked.length, answers.length) - 1];
    const isError = next !== undefined && "__type" in next;
    response.writeHead(isError ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(next));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  const sfn = new SFNClient({
    ...{ endpoint: `http://127.0.0.1:${address.port}`, region: "eu-west-1", ...retries },
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return {
    ...{ asked, executions: sfnExecutions({ sfn, stage }) },
    async [Symbol.asyncDispose]() {
      sfn.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const entered = (id: number, name: string) => ({
  ...{ id, timestamp: 1_700_000_000 + id, type: "TaskStateEntered", previousEventId: id - 1 },
  stateEnteredEventDetails: { name },
});

test("history after an event is read from its end, as far as it is new", async () => {
  const pages = [
    { events: [entered(6, "F"), entered(5, "E")], nextToken: "more" },
    { events: [entered(4, "D"), entered(3, "C")], nextToken: "even more" },
  ];
  await using world = await answering(pages);
  const found = await world.executions.history(someBake(), 3);
  expect(found.map(({ id, state }) => [id, state])).toEqual([
    ...[[4, "D"], [5, "E"], [6, "F"]], // prettier-ignore
  ]);
  expect(found[0]?.at).toBe(1_700_000_004_000);
  expect(world.asked).toMatchObject([{ reverseOrder: true }, { nextToken: "more" }]);
  expect(world.asked[0]).toMatchObject({ includeExecutionData: false });
});

test("history says why a task asks again, in the words of who threw it", async () => {
  const cause = JSON.stringify({
    errorType: "BuilderQueued",
    errorMessage: "b waits for capacity",
  });
  const taskFailedEventDetails = {
    ...{ resourceType: "lambda", resource: "invoke", error: "BuilderQueued", cause },
  };
  const failed = { id: 2, timestamp: 1_700_000_002, type: "TaskFailed", taskFailedEventDetails };
  await using world = await answering([{ events: [failed, entered(1, "ProvisionBuilder")] }]);
  expect((await world.executions.history(someBake())).at(-1)).toEqual({
    ...{ id: 2, at: 1_700_000_002_000, type: "TaskFailed" },
    ...{ error: "BuilderQueued", message: "b waits for capacity" },
  });
});

test("a published bake tells its image, and a failed one its error with Lambda's message", async () => {
  const bake = someBake();
  const times = { startDate: 1_700_000_000, stopDate: 1_700_000_060 };
  const cause = JSON.stringify({ errorType: "StepFailed", errorMessage: "the step said no" });
  await using world = await answering([
    { ...times, status: "SUCCEEDED", output: '{"imageId":"ami-0123456789abcdef0","name":"web"}' },
    { ...times, status: "FAILED", error: "StepFailed", cause },
    { ...times, status: "TIMED_OUT" },
    { __type: "com.amazonaws.sfn#ExecutionAlreadyExists", message: "there is one" },
  ]);
  const { executions } = world;
  const imageId = "ami-0123456789abcdef0";
  expect(await executions.describe(bake)).toMatchObject({ status: "succeeded", imageId });
  expect(await executions.describe(bake)).toMatchObject({
    ...{ status: "failed", error: "StepFailed", message: "the step said no" },
  });
  expect(await executions.describe(bake)).toMatchObject({ status: "timed out" });
  expect(await executions.start(bake, input)).toBe("again");
});
