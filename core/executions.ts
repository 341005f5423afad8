import type { BakeId, ImageId } from "./ids.ts";

/** What an execution of the bake's state machine begins with. */
export interface BakeInput {
  /** The recipe's file name in the bundle. */
  recipe: string;
  /** Given values by name, as text; never a secret's. */
  parameters: Record<string, string>;
  keep_builder: boolean;
}

export type ExecutionStatus = "running" | "succeeded" | "failed" | "timed out" | "stopped";

/** A bake as its execution tells of it. */
export interface Execution {
  bake: BakeId;
  status: ExecutionStatus;
  started: Date;
  ended?: Date;
}

export interface EndedExecution extends Execution {
  /** Of one that succeeded. */
  imageId?: ImageId;
  /** The error's name, and the sentence for the operator. */
  error?: string;
  message?: string;
}

/** One entry of an execution's history, by Step Functions' names of its types. */
export interface HistoryEvent {
  /** Counts from 1. */
  id: number;
  /** Milliseconds since the epoch. */
  at: number;
  type: string;
  /** Of what tells of a state's beginning or end. */
  state?: string;
  error?: string;
  /** Of what tells of an error: the sentence for the operator. */
  message?: string;
}

/** Executions of the bake's state machine: a bake each, by its id. */
export interface Executions {
  /** Starts it once; `again` when one of that name ran before or still does. */
  start(bake: BakeId, input: BakeInput): Promise<"started" | "again">;
  /** Undefined when there is none, or it is forgotten: 90 days after its end. */
  describe(bake: BakeId): Promise<EndedExecution | undefined>;
  /** The newest first. */
  list(status?: ExecutionStatus): AsyncIterable<Execution>;
  /** Stops a running one; of any other, nothing comes. Throws NotFound. */
  stop(bake: BakeId, error: string, cause: string): Promise<void>;
  /** What happened after the event of that id, the oldest first. Throws NotFound. */
  history(bake: BakeId, after?: number): Promise<HistoryEvent[]>;
}
