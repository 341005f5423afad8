import * as errors from "./errors.ts";
import * as pending from "./pending.ts";

/**
 * By these a task has itself called again, or a builder replaced: what a builder wrote is no reason
 * for that.
 */
const reserved = new Set([...Object.keys(pending), errors.SpotLost.prototype.name]);

/**
 * The error that an agent's result names, so that the state machine sees what the agent met. What
 * the project has no such error for is AgentDied.
 */
export const agentError = (name: string, message: string): Error =>
  Object.assign(new Error(message), {
    name: Object.hasOwn(errors, name) && !reserved.has(name) ? name : "AgentDied",
  });
