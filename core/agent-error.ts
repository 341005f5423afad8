import * as errors from "./errors.ts";

/** By these a task says that it is not done yet: an agent that has ended does not say so. */
const unfinished = /(?:Pending|Running)$/;

/**
 * The error that an agent's result names, so that the state machine sees what the agent met. What
 * the project has no such error for is AgentDied.
 */
export const agentError = (name: string, message: string): Error =>
  Object.assign(new Error(message), {
    name: Object.hasOwn(errors, name) && !unfinished.test(name) ? name : "AgentDied",
  });
