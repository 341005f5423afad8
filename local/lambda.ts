/** A task as the state machine sees it: JSON in, JSON out. */
export type Handler = (event: unknown) => Promise<unknown>;

/** Lambda hands a handler a context; ours read nothing of it but what middy needs. */
type MiddyHandler = (event: unknown, context: never) => Promise<unknown>;

/**
 * Calls a handler as Step Functions' `lambda:invoke` would: the payload and the answer go through
 * JSON, and an error is reported by its name, with Lambda's JSON as its cause.
 */
export const asLambda =
  (handler: MiddyHandler) =>
  async (input: unknown): Promise<{ StatusCode: number; Payload: unknown }> => {
    const { Payload } = throughJson(input) as { Payload: unknown };
    try {
      const answer = await handler(Payload, lambdaContext as never);
      return { StatusCode: 200, Payload: throughJson(answer ?? null) };
    } catch (error) {
      throw new LambdaError(error instanceof Error ? error : new Error(String(error)));
    }
  };

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const lambdaContext = { getRemainingTimeInMillis: () => 60_000 };

/** What a failed function looks like to the state machine. */
class LambdaError extends Error {
  constructor(error: Error) {
    const { name: errorType, message: errorMessage, stack = "" } = error;
    super(JSON.stringify({ errorType, errorMessage, trace: stack.split("\n") }), { cause: error });
    this.name = errorType;
  }
}
