import type { BakeJob } from "../core/job.ts";
import type { Namespace } from "./network.ts";
import type { Channel } from "./channel.ts";

export interface BakeOrder {
  job: BakeJob;
  secrets: Record<string, string>;
  channel: Channel;
  /** A folder on a tmpfs. */
  scratch: string;
  /** The network of its steps, where it was opened before there was a job. */
  namespace?: Promise<Namespace> | undefined;
}
