import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { invoke } from "./invoke.ts";

type Handler = Parameters<typeof invoke>[0];

/** Lambda's Invoke on a port of this machine, with functions that run in this process. */
export interface LambdaServer extends AsyncDisposable {
  port: number;
  /** Names of the functions that were invoked, in order. */
  invoked: string[];
  /** Resolves when the next function has answered. */
  answered(): Promise<unknown>;
}

const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;

/**
 * `functions` by their names, without what is before it in an ARN. Errors are told as Lambda tells
 * them: with status 200 and a header.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const openLambdaServer = async (
  functions: (name: string) => Promise<Handler>,
): Promise<LambdaServer> => {
  const invoked: string[] = [];
  const answers = new EventEmitter();
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const [, arn = ""] = path.exec(request.url ?? "") ?? [];
    const name = decodeURIComponent(arn).split(":").at(-1) ?? "";
    const body = await text(request);
    invoked.push(name);
    const json = { "content-type": "application/json" };
    try {
      const answer = await invoke(await functions(name), JSON.parse(body || "null"));
      response.writeHead(200, json).end(JSON.stringify(answer ?? null));
    } catch (error) {
      const { name: errorType, message: errorMessage, stack = "" } = error as Error;
      const told = { errorType, errorMessage, trace: stack.split("\n") };
      response.writeHead(200, { ...json, "x-amz-function-error": "Unhandled" });
      response.end(JSON.stringify(told));
    }
  };
  const server = createServer((request, response) => {
    response.on("finish", () => answers.emit("answered"));
    respond(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    ...{ port: address.port, invoked },
    answered: () => once(answers, "answered"),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
