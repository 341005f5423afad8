import type { AgentEvent } from "./agent-event.ts";
import type { BakeId } from "./ids.ts";

/** What a bake's agent says while it works. */
export interface AgentLines {
  /** What it said since; `next` is for asking again. Nothing before it has begun. */
  since(bake: BakeId, after?: string): Promise<{ events: AgentEvent[]; next: string | undefined }>;
}
