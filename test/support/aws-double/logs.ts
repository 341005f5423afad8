import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { page } from "./world.ts";

interface Line {
  message: string;
  timestamp: number;
}

/** CloudWatch Logs: groups by name, with their streams. */
export const openLogs = (clock: Clock) => {
  const groups = new Map<string, Map<string, Line[]>>();
  const streams = (group = "") => {
    const found = groups.get(group);
    if (found === undefined) throw serviceError("ResourceNotFoundException", group);
    return found;
  };
  const operations = {
    GetLogEvents(order: { logGroupName?: string; logStreamName?: string; nextToken?: string }) {
      const lines = streams(order.logGroupName).get(order.logStreamName ?? "");
      if (lines === undefined) throw serviceError("ResourceNotFoundException", "no such stream");
      const from = Number(order.nextToken ?? 0);
      return { events: lines.slice(from), nextForwardToken: String(lines.length) };
    },
    FilterLogEvents({ logGroupName, nextToken }: { logGroupName?: string; nextToken?: string }) {
      const { items, next } = page([...streams(logGroupName).values()].flat(), nextToken);
      return { events: items, nextToken: next };
    },
    DescribeLogGroups(order: { logGroupNamePattern?: string; nextToken?: string }) {
      const pattern = order.logGroupNamePattern ?? "";
      const named = [...groups.keys()].filter((name) => name.includes(pattern));
      const { items, next } = page(named, order.nextToken);
      return { logGroups: items.map((logGroupName) => ({ logGroupName })), nextToken: next };
    },
    DeleteLogGroup({ logGroupName = "" }: { logGroupName?: string }) {
      streams(logGroupName);
      groups.delete(logGroupName);
      return {};
    },
  };
  return {
    groups,
    operations: operations as unknown as Record<string, (input: never) => object>,
    write(group: string, stream: string, message: string): void {
      const all = groups.get(group);
      if (all === undefined) return; // as after a group was deleted
      const lines = all.get(stream) ?? [];
      all.set(stream, [...lines, { message, timestamp: clock.now() }]);
    },
  };
};
export type Logs = ReturnType<typeof openLogs>;
