import { createHash } from "node:crypto";
import { once } from "node:events";
import http, { type RequestListener, type Server } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { usualAssetLimits } from "../../assets/limits.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

export const checksumOf = (content: Buffer | string): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** No test waits as long as a bake would. */
export const quick = { ...usualAssetLimits, idle: 0.5, pauses: [0.01, 0.01] };

/** A server on this machine's loopback, which counts what it is asked. */
export const openServer = async (
  listener: RequestListener,
  tls?: { key: Buffer; cert: Buffer },
) => {
  let asked = 0;
  const counted: RequestListener = (request, response) => {
    asked += 1;
    listener(request, response);
  };
  const server: Server = tls ? https.createServer(tls, counted) : http.createServer(counted);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

/** A folder for what is fetched, and an order for it that keeps what was said. */
export const openPlace = async () => {
  const folder = await temporaryFolder();
  const said: string[] = [];
  const to = join(folder.path, "asset");
  return {
    path: folder.path,
    to,
    said,
    order: (url: string, checksum: string) => ({
      ...{ url, checksum, to, limits: quick, signal: new AbortController().signal },
      say: (line: string) => void said.push(line),
    }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};
