import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { Announcement } from "../../core/announcement.ts";
import type { Moto } from "./moto.ts";

export interface Subscriber extends AsyncDisposable {
  /** What came, in order. */
  messages: Announcement[];
}

/** Subscribes a server on this machine to a topic of moto's, as SNS delivers over HTTP. */
export const subscribeTo = async (moto: Moto, TopicArn: string): Promise<Subscriber> => {
  const messages: Announcement[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { Type, Message } = JSON.parse(await text(request)) as { Type: string; Message: string };
    if (Type === "Notification") messages.push(Announcement.parse(JSON.parse(Message)));
    response.end();
  };
  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  const Endpoint = `http://127.0.0.1:${address.port}/`;
  await new SNSClient(moto.client).send(
    new SubscribeCommand({ ...{ TopicArn, Protocol: "http", Endpoint } }),
  );
  return {
    messages,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
