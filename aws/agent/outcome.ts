import { agentError } from "../../core/agent-error.ts";
import { agentStepsFile } from "../../core/agent-steps.ts";
import { AgentDied, InventoryFailed } from "../../core/errors.ts";
import { AgentResult, type DiskFacts } from "../../core/job.ts";
import type { AgentOrder } from "../../core/ports.ts";
import { artifactKey } from "../artifacts.ts";
import {
  type Bucket,
  copyObject,
  readObject,
  removeObject,
  whenWritten,
  writeObject,
} from "../objects.ts";
import type { Stage } from "../stage.ts";
import { bakePlaces, builderPlaces, mostOfBuilders } from "./places.ts";

/** Characters of an agent's message: the state machine's data takes 256 KiB in all. */
const longest = 32_000;

/**
 * What the agent's result says, with the inventory and the times of its steps moved to the bake's
 * own artifacts; undefined while there is none. A builder is not trusted with what it writes. Throws what the result names,
 * AgentDied for what is none, and InventoryFailed.
 */
export const readOutcome = async (
  aws: Bucket & { stage: Pick<Stage, "builders"> },
  { bake, builderId }: AgentOrder,
): Promise<DiskFacts | undefined> => {
  const places = builderPlaces(aws.stage, builderId);
  const found = await readObject(aws, places.result, mostOfBuilders);
  if (found === undefined) return undefined;
  const result = parsed(found, places.result);
  if (result.status === "failed") {
    throw agentError(result.error, result.message.slice(0, longest));
  }
  if (result.disk === undefined) throw new AgentDied("the agent ended without describing the disk");
  const steps = JSON.stringify(result.steps ?? []);
  await writeObject(aws, artifactKey(bake, agentStepsFile), steps, { type: "application/json" });
  await moveInventory(aws, places.inventory, bakePlaces(bake).inventory);
  return result.disk;
};

const parsed = (text: string, key: string): AgentResult => {
  try {
    return AgentResult.parse(JSON.parse(text));
  } catch (error) {
    throw new AgentDied(`what the builder wrote to ${key} is not a result`, { cause: error });
  }
};

/** Done again, it finds what the first time left. */
const moveInventory = async (aws: Bucket, from: string, to: string): Promise<void> => {
  const copied = await copyObject(aws, from, to);
  if (copied !== undefined) return removeObject(aws, from);
  if ((await whenWritten(aws, to)) === undefined) {
    throw new InventoryFailed("the agent succeeded and left no inventory");
  }
};
