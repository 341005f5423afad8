import type { BakeJob } from "../core/job.ts";
import type { Channel } from "./channel.ts";

export interface BakeOrder {
  job: BakeJob;
  secrets: Record<string, string>;
  channel: Channel;
  /** A folder on a tmpfs. */
  scratch: string;
}
