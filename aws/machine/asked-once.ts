import type { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { isScarcity, isThrottle } from "./refusals.ts";

/**
 * An answer of RunInstances that the SDK is not to ask for again. EC2 says that it has no capacity
 * with HTTP's status 500, which the SDK would retry with longer and longer pauses instead of the
 * next candidate being tried; and when a thousand bakes begin at once, a throttled call has to
 * look again how many builders there are, not to push on.
 */
export class AskedOnce extends Error {
  readonly answer: Error;

  /** Not as `cause`: the SDK retries an error for its cause, too. */
  constructor(answer: Error) {
    super(answer.message);
    this.answer = answer;
  }

  static of(command: RunInstancesCommand): RunInstancesCommand {
    command.middlewareStack.addRelativeTo(once, {
      name: "askedOnce",
      relation: "after",
      toMiddleware: "retryMiddleware",
    });
    return command;
  }
}

const once =
  <Request, Answer>(next: (request: Request) => Promise<Answer>) =>
  async (request: Request): Promise<Answer> => {
    try {
      return await next(request);
    } catch (error) {
      const isAnswer = isScarcity(error) || isThrottle(error);
      throw isAnswer && error instanceof Error ? new AskedOnce(error) : error;
    }
  };
