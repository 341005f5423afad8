import * as z from "zod";

type TaskHandler = (event: unknown, context: never) => Promise<unknown>;

/** What SQS hands a function: each body is JSON here. */
const Messages = z.object({ Records: z.array(z.object({ body: z.string() })) });

/** A task for each message of a queue. Of a batch in which one fails, all come again. */
export const queued = (task: TaskHandler) => async (event: unknown, context: never) => {
  for (const { body } of Messages.parse(event).Records) await task(JSON.parse(body), context);
};
