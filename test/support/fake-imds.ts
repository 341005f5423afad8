import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";

/** A server of a test's own, on this machine's loopback. */
export interface LocalServer extends AsyncDisposable {
  endpoint: string;
}

/** What the fake's credentials are. */
export const imdsCredentials = {
  ...{ AccessKeyId: "ASIATEST", SecretAccessKey: "a/secret+key", Token: "a/session+token==" },
};

/**
 * An instance metadata service of version 2, as EC2 has it: nothing is told without a token.
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export const fakeImds = (): Promise<LocalServer> =>
  listening((incoming, answer) => {
    const { method, url = "", headers } = incoming;
    const token = "a-token";
    if (method === "PUT" && url === "/latest/api/token") {
      const isTimed = headers["x-aws-ec2-metadata-token-ttl-seconds"] !== undefined;
      return answer(isTimed ? 200 : 400, token);
    }
    if (headers["x-aws-ec2-metadata-token"] !== token) return answer(401, "");
    const role = "/latest/meta-data/iam/security-credentials/";
    if (url === role) return answer(200, "a-role");
    if (url !== `${role}a-role`) return answer(404, "");
    const Expiration = new Date(Date.now() + 3600_000).toISOString();
    const told = { Code: "Success", Type: "AWS-HMAC", ...imdsCredentials, Expiration };
    return answer(200, JSON.stringify(told, null, 2));
  });

/** A request as it came. */
export interface Recorded {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
}

/** Passes everything on to another server, and remembers what it was. */
export const recordingProxy = async (
  target: string,
): Promise<LocalServer & { requests: Recorded[] }> => {
  const requests: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    requests.push({ method, url, headers });
    const passed = request(new URL(url, target), { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  return { ...(await opened(server)), requests };
};

type Answer = (status: number, text: string) => void;

const listening = (handle: (incoming: IncomingMessage, answer: Answer) => void) =>
  opened(
    createServer((incoming, outgoing) =>
      handle(incoming, (status, text) => void outgoing.writeHead(status).end(text)),
    ),
  );

const opened = async (server: ReturnType<typeof createServer>): Promise<LocalServer> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
