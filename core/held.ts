import type { BakeId } from "./ids.ts";

/** A thing in the account that a bake made. */
export interface HeldThing {
  bake: BakeId;
  kind: "builder" | "test machine" | "disk" | "snapshot" | "image" | "security group";
  /** As the cloud names it. */
  id: string;
  /** Until when it is kept on purpose. */
  keptUntil?: Date;
}

/** What bakes of a stage made and did not publish, dead and alive. */
export interface Held {
  all(): Promise<HeldThing[]>;
}
