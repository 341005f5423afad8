type Handler = (event: unknown, context: never) => Promise<unknown>;

/** Calls a function as Lambda would: what it exports, with JSON. */
export const invoke = (handler: Handler, event: unknown): Promise<unknown> =>
  handler(JSON.parse(JSON.stringify(event)), {} as never);
