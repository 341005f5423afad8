import { awsAnnouncements } from "../../aws/announcements.ts";
import { events } from "./events.ts";
import { sns } from "./sns.ts";
import { stage } from "./stage.ts";

export const announcements = awsAnnouncements({ sns, events, stage });
