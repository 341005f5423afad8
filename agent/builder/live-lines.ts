import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  type InputLogEvent,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";

/** The lines of a bake on their way to its log stream; when the scope ends, all are there. */
export interface LiveLines extends AsyncDisposable {
  add(line: string): void;
}

export interface LinesOrder {
  logs: CloudWatchLogsClient;
  group: string;
  /** The bake's id. */
  stream: string;
  /** Told, once, when lines cannot be delivered. */
  complain(problem: string): void;
  limits?: Partial<typeof usualLimits>;
}

const usualLimits = {
  /** Milliseconds for which lines are gathered before they are sent. */
  pause: 500,
  /** Milliseconds between tries when the service does not take them. */
  retry: 2000,
  /** Milliseconds for which the end waits for what is not sent yet. */
  patience: 60_000,
  /** Characters that wait; lines that come beyond them are left out, and it is said how many. */
  waiting: 32 * 1024 ** 2,
};

/** PutLogEvents takes 10,000 events and 1,048,576 bytes, of which each takes 26 beside its text. */
const most = { events: 10_000, bytes: 1_048_576 - 26 * 2, overhead: 26 };

/**
 * Sends lines to CloudWatch Logs as they come: within a second, in their order, one request at a
 * time. Systems Manager's own output to CloudWatch comes late, in a stream of its naming.
 */
export const openLines = (order: LinesOrder): LiveLines => {
  const limits = { ...usualLimits, ...order.limits };
  const queue = openQueue(limits.waiting);
  const end = new AbortController();
  let endsAt = Infinity;
  let wake = Promise.withResolvers<void>();
  const send = retrying(order, limits.retry, () => Date.now() > endsAt);
  const deliver = async (): Promise<void> => {
    for (;;) {
      if (queue.length === 0) {
        if (end.signal.aborted) return;
        await wake.promise;
      }
      wake = Promise.withResolvers();
      await sleep(limits.pause, undefined, { signal: end.signal }).catch(() => undefined);
      const batch = queue.batch();
      if (!(await send(batch))) return;
      queue.drop(batch.length);
    }
  };
  const delivered = deliver();
  return {
    add(line) {
      queue.add(line);
      wake.resolve();
    },
    async [Symbol.asyncDispose]() {
      endsAt = Date.now() + limits.patience;
      end.abort();
      wake.resolve();
      await delivered;
      if (queue.length > 0) order.complain(`${queue.length} lines were not delivered`);
    },
  };
};

/** Whether it was delivered in the end: it is not when it is too late for another try. */
const retrying = (order: LinesOrder, pause: number, isTooLate: () => boolean) => {
  const send = sender(order);
  let complained = false;
  return async (batch: InputLogEvent[]): Promise<boolean> => {
    if (batch.length === 0) return true;
    for (;;) {
      try {
        await send(batch);
        return true;
      } catch (error) {
        if (!complained) order.complain(`lines are not delivered yet: ${String(error)}`);
        complained = true;
        if (isTooLate()) return false;
        await sleep(pause);
      }
    }
  };
};

const sender = ({ logs, group, stream }: LinesOrder) => {
  const names = { logGroupName: group, logStreamName: stream };
  let made = false;
  return async (logEvents: InputLogEvent[]): Promise<void> => {
    if (!made) {
      await logs.send(new CreateLogStreamCommand(names)).catch((error: unknown) => {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
      });
      made = true;
    }
    await logs.send(new PutLogEventsCommand({ ...names, logEvents }));
  };
};

const openQueue = (room: number) => {
  let events: { timestamp: number; message: string }[] = [];
  let waiting = 0;
  let dropped = 0;
  let last = 0;
  const push = (message: string) => {
    // never earlier than the line before: a clock that was set back would mix up the order
    last = Math.max(last, Date.now());
    events.push({ timestamp: last, message });
    waiting += message.length;
  };
  return {
    get length() {
      return events.length + dropped;
    },
    add(line: string) {
      if (line === "") return; // the service takes no empty event
      if (waiting > room) {
        dropped++;
        return;
      }
      if (dropped > 0) push(leftOut(dropped));
      dropped = 0;
      push(line);
    },
    batch(): InputLogEvent[] {
      let bytes = 0;
      const end = events.findIndex(({ message }, index) => {
        bytes += Buffer.byteLength(message) + most.overhead;
        return index > 0 && (index >= most.events || bytes > most.bytes);
      });
      return events.slice(0, end === -1 ? events.length : end);
    },
    drop(count: number) {
      for (const { message } of events.slice(0, count)) waiting -= message.length;
      events = events.slice(count);
      if (events.length > 0 || dropped === 0) return;
      push(leftOut(dropped));
      dropped = 0;
    },
  };
};

const leftOut = (count: number): string =>
  JSON.stringify({
    ...{ event: "step-output", at: Date.now(), step: "Tell what is done" },
    text: `… and ${count} more lines, which came faster than they could be sent`,
  });
