import {
  type CloudWatchLogsClient,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import * as z from "zod";
import { Announcement } from "../core/announcement.ts";
import { eventSource } from "./announcements.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

/**
 * Where EventBridge writes the announcements of a stage that has `log_announcements`. EventBridge's
 * console shows only log groups whose names begin so.
 */
export const announcementLogGroup = ({ name }: Pick<Stage, "name">): string =>
  `/aws/events/ovenbird/${name}`;

export interface AnnouncementLog {
  logs: CloudWatchLogsClient;
  stage: Pick<Stage, "name">;
}

/** An event of ours as EventBridge delivers it. */
const Event = z.object({ source: z.literal(eventSource), detail: Announcement });

/** What EventBridge has delivered of a stage's announcements, in its order; twice-told ones twice. */
export const loggedAnnouncements = async ({
  logs,
  stage,
}: AnnouncementLog): Promise<Announcement[]> => {
  const found: Announcement[] = [];
  const order = { logGroupName: announcementLogGroup(stage) };
  try {
    for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, order)) {
      found.push(...events.flatMap(({ message = "" }) => announcementIn(message)));
    }
  } catch (error) {
    if (!isNamed(error, "ResourceNotFoundException")) throw error;
  }
  return found;
};

const announcementIn = (line: string): Announcement[] => {
  try {
    const { data } = Event.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data.detail];
  } catch {
    return [];
  }
};
