import type { Drops, Fates, Names } from "../drops.ts";
import type { Executions } from "../executions.ts";
import type { Policies } from "../operator-policy/find.ts";
import type { Given } from "../recipe/parameters.ts";
import type { Announcements, Artifacts } from "../ports.ts";

/** What the way in asks of the world. */
export interface WayIn {
  drops: Drops;
  fates: Pick<Fates, "tell">;
  policies: Policies;
  names: Pick<Names, "owner">;
  artifacts: Artifacts;
  executions: Pick<Executions, "describe" | "start">;
  announcements: Announcements;
  /** What gives parameters their values beside the drop itself. */
  given: Omit<Given, "set">;
}
