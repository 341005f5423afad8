import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AgentEvent } from "../core/agent-event.ts";
import type { AgentLines } from "../core/agent-lines.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface AgentLog {
  logs: CloudWatchLogsClient;
  stage: Pick<Stage, "agentLogGroup">;
}

/** Lines of the agent's, as it wrote them to the bake's stream of CloudWatch Logs. */
export const loggedLines = ({ logs, stage }: AgentLog): AgentLines => ({
  async since(bake, after) {
    const events: AgentEvent[] = [];
    let next = after;
    for (;;) {
      const order = { logGroupName: stage.agentLogGroup, logStreamName: bake, startFromHead: true };
      const ask = new GetLogEventsCommand({ ...order, nextToken: next });
      const page = await logs.send(ask).catch((error: unknown) => {
        if (isNamed(error, "ResourceNotFoundException")) return undefined;
        throw error;
      });
      events.push(...(page?.events ?? []).flatMap(({ message = "" }) => eventIn(message)));
      // at the end of a stream the answer is the token that was asked with
      const token = page?.nextForwardToken ?? next;
      if (token === next) return { events, next };
      next = token;
    }
  },
});

/** Other programs write there too: what is none of the agent's events is left out. */
const eventIn = (line: string): AgentEvent[] => {
  try {
    const { data } = AgentEvent.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
};
