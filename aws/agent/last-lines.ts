import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AgentEvent } from "../../core/agent-event.ts";
import type { BakeId } from "../../core/ids.ts";
import { isNamed } from "../named-error.ts";
import type { Stage } from "../stage.ts";

/** Lines that tell how far an agent came. */
const most = 20;

/** The last that a bake's agent told, as text; none when it told nothing. */
export const lastLines = async (
  logs: CloudWatchLogsClient,
  { agentLogGroup }: Pick<Stage, "agentLogGroup">,
  bake: BakeId,
): Promise<string[]> => {
  const order = { logGroupName: agentLogGroup, logStreamName: bake, limit: most };
  const { events = [] } = await logs.send(new GetLogEventsCommand(order)).catch(none);
  return events.map(({ message = "" }) => shown(message));
};

const none = (error: unknown) => {
  if (isNamed(error, "ResourceNotFoundException")) return { events: [] };
  throw error;
};

const shown = (line: string): string => {
  const event = eventIn(line);
  if (event === undefined) return line;
  if (event.event === "step-output") return event.text;
  const how = event.event === "step-started" ? "started" : event.status;
  return `step ${event.step}: ${how}`;
};

const eventIn = (line: string): AgentEvent | undefined => {
  try {
    return AgentEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // told by something else than an agent
  }
};
