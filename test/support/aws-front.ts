import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Moto } from "./moto.ts";

/** A call as it came over the wire. */
export interface Call {
  /** `RunInstances` and so on. */
  action: string;
  /** EC2's flat parameters, `TagSpecification.1.Tag.1.Key` and so on; SSM's JSON under `json`. */
  params: Record<string, string>;
  json: Record<string, unknown>;
}

export interface Reply {
  status: number;
  body: string;
}

/** Answers a call itself, or lets moto answer it; `forward` asks moto. */
export type Answer = (
  call: Call,
  forward: () => Promise<Reply>,
) => Promise<Reply | undefined> | Reply | undefined;

/** A server before moto's: it records every call, and answers what moto cannot. */
export interface Front extends AsyncDisposable {
  client: Moto["client"];
  calls: Call[];
  /** Answers that action from here on; a later one before an earlier one. */
  on(action: string, answer: Answer): void;
}

export const openFront = async (moto: Moto): Promise<Front> => {
  const calls: Call[] = [];
  const answers = new Map<string, Answer[]>();
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const call = callOf(request, String(body));
    calls.push(call);
    const forward = () => ask(moto.client.endpoint, request, body);
    let reply: Reply | undefined;
    for (const answer of answers.get(call.action) ?? []) reply ??= await answer(call, forward);
    const { status, body: text } = reply ?? (await forward());
    response.writeHead(status, { "content-type": isJson(request) ? json : "text/xml" }).end(text);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    client: { ...moto.client, endpoint: `http://127.0.0.1:${address.port}` },
    calls,
    on: (action, answer) => void answers.set(action, [answer, ...(answers.get(action) ?? [])]),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const json = "application/x-amz-json-1.1";

const isJson = ({ headers }: IncomingMessage): boolean => headers["x-amz-target"] !== undefined;

const callOf = (request: IncomingMessage, body: string): Call => {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    return { action: target.split(".")[1] ?? "", params: {}, json: JSON.parse(body) };
  }
  const params = Object.fromEntries(new URLSearchParams(body));
  return { action: params["Action"] ?? "", params, json: {} };
};

const ask = async (endpoint: string, { url, method, headers }: IncomingMessage, body: Buffer) => {
  const { host: _, "content-length": __, connection: ___, ...rest } = headers;
  const reply = await fetch(`${endpoint}${url}`, {
    method: method ?? "POST",
    headers: rest as Record<string, string>,
    body,
  });
  return { status: reply.status, body: await reply.text() };
};

/** How EC2 says no. */
export const ec2Error = (code: string, message = code, status = 400): Reply => ({
  status,
  body: `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
});

export const jsonReply = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) });

/** How SSM says no. */
export const ssmError = (type: string, message = type): Reply => ({
  status: 400,
  body: JSON.stringify({ __type: type, message }),
});

/** Answers so for the first calls, then no more. */
export const first = (times: number, answer: Answer): Answer => {
  let left = times;
  return (call, forward) => (left-- > 0 ? answer(call, forward) : undefined);
};
