import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
  type InputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LinesOrder, openLines } from "../../../agent/builder/live-lines.ts";
import { type Moto, noMoto, openMoto } from "../../support/moto.ts";

const group = "/ovenbird/test/agents";

describe.skipIf(noMoto !== "")(`lines on their way${noMoto}`, () => {
  let moto: Moto;
  let logs: CloudWatchLogsClient;
  let batches: InputLogEvent[][];
  let refused: number;
  let complaints: string[];

  beforeAll(async () => {
    moto = await openMoto();
    logs = new CloudWatchLogsClient({ ...moto.client, maxAttempts: 1 });
    logs.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== "PutLogEventsCommand") return next(args);
          if (refused-- > 0) throw Object.assign(new Error("slow down"), { name: "Throttling" });
          batches.push((args.input as { logEvents: InputLogEvent[] }).logEvents);
          return next(args);
        },
      { step: "initialize" },
    );
    await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
  });
  afterAll(() => moto[Symbol.asyncDispose]());
  beforeEach(() => {
    [batches, refused, complaints] = [[], 0, []];
  });

  const complain = (text: string) => void complaints.push(text);
  let streams = 0;
  const open = (limits: LinesOrder["limits"] = {}) => {
    const stream = `stream-${++streams}`;
    const lines = openLines({ logs, group, stream, complain, limits: { retry: 10, ...limits } });
    return { lines, stream };
  };
  const told = async (stream: string) => {
    const order = { logGroupName: group, logStreamName: stream, startFromHead: true };
    const { events = [] } = await logs.send(new GetLogEventsCommand(order));
    return events.map(({ message }) => message);
  };
  const sent = () => batches.flat().map(({ message }) => message);

  test("are there within a second or so, while more may come", async () => {
    const { lines, stream } = open();
    await using _ = lines;
    const sooner = { timeout: 30_000 }; // than the end, which is not waited for
    lines.add("first");
    await expect.poll(() => told(stream).catch(() => []), sooner).toEqual(["first"]);
    lines.add("second");
    await expect.poll(() => told(stream), sooner).toEqual(["first", "second"]);
  });

  test("are all there at the end, in their order, by few requests", async () => {
    const { lines, stream } = open();
    const all = Array.from({ length: 500 }, (_, at) => `line ${at}`);
    all.forEach((line) => lines.add(line));
    await lines[Symbol.asyncDispose]();
    expect(await told(stream)).toEqual(all);
    expect(batches.length).toBeLessThan(3);
    expect(complaints).toEqual([]);
  });

  test("never exceed what one request may have, and have times that only go on", async () => {
    const { lines } = open();
    for (let at = 0; at < 12_000; at++) lines.add(`${at} ${"é".repeat(at < 20 ? 50_000 : 1)}`);
    await lines[Symbol.asyncDispose]();
    for (const batch of batches) {
      expect(batch.length).toBeLessThanOrEqual(10_000);
      const bytes = batch.map(({ message = "" }) => Buffer.byteLength(message) + 26);
      expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1_048_576);
    }
    const times = batches.flat().map(({ timestamp = 0 }) => timestamp);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(sent().map((line) => parseInt(line ?? "", 10))).toEqual(
      Array.from({ length: 12_000 }, (_, at) => at),
    );
  });

  test("are sent again when the service is busy, and it is said once", async () => {
    refused = 3;
    const { lines, stream } = open();
    lines.add("one");
    lines.add("two");
    await lines[Symbol.asyncDispose]();
    expect(await told(stream)).toEqual(["one", "two"]);
    expect(complaints).toEqual([expect.stringContaining("slow down")]);
  });

  test("that cannot be delivered do not hold up the end for ever, and are counted", async () => {
    refused = Infinity;
    const { lines } = open({ patience: 50 });
    lines.add("one");
    await lines[Symbol.asyncDispose]();
    expect(complaints.at(-1)).toBe("1 lines were not delivered");
  });

  test("that come faster than they can be sent are left out, and counted", async () => {
    refused = 2;
    const { lines } = open({ waiting: 100, pause: 1 });
    for (let at = 0; at < 50; at++) lines.add(`0123456789 ${at}`);
    await lines[Symbol.asyncDispose]();
    expect(sent().slice(0, 3)).toEqual(["0123456789 0", "0123456789 1", "0123456789 2"]);
    expect(sent().at(-1)).toMatch(/and 4\d more lines/);
  });

  test("go on in the stream that an earlier start made", async () => {
    const { lines, stream } = open();
    lines.add("first");
    await lines[Symbol.asyncDispose]();
    const again = openLines({ logs, group, stream, complain });
    again.add("second");
    await again[Symbol.asyncDispose]();
    expect(await told(stream)).toEqual(["first", "second"]);
    expect(complaints).toEqual([]);
  });
});
