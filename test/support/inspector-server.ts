import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

interface Sbom {
  components: { "bom-ref": string; type: string; name: string; version?: string; purl?: string }[];
}

export interface InspectorServer extends AsyncDisposable {
  url: string;
  /** What was asked, request by request. */
  scanned: Sbom[];
}

interface Failure {
  status: number;
  type: string;
  message: string;
}

export interface InspectorDouble {
  /** What is answered to an SBOM: the answer's `sbom`. */
  answer: (sbom: Sbom) => object;
  /** What the next requests are answered before there are answers. */
  failures?: Failure[];
  /** Whose signatures it takes. */
  of?: typeof credentials;
}

/**
 * A server in the place of Inspector's ScanSbom: it refuses what is not signed, as AWS checks it,
 * and what has more than 2,000 components.
 */
export const inspectorServer = async ({
  answer,
  failures = [],
  of = credentials,
}: InspectorDouble): Promise<InspectorServer> => {
  const scanned: Sbom[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { sbom, outputFormat } = JSON.parse(body) as { sbom: Sbom; outputFormat: string };
      const failure = failures.shift() ?? refusal(request, { body, sbom, outputFormat, of });
      if (failure === undefined) scanned.push(sbom);
      response.writeHead(failure?.status ?? 200, {
        "content-type": "application/json",
        ...(failure && { "x-amzn-errortype": `${failure.type}:http://internal.amazon.com/` }),
      });
      response.end(JSON.stringify(failure ? { message: failure.message } : { sbom: answer(sbom) }));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    scanned,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

interface Asked {
  body: string;
  sbom: Sbom;
  outputFormat: string;
  of: typeof credentials;
}

const refusal = (
  request: IncomingMessage,
  { body, sbom, outputFormat, of }: Asked,
): Failure | undefined => {
  if (request.method !== "POST" || request.url !== "/scan/sbom") {
    return { status: 404, type: "UnknownOperationException", message: "no such operation" };
  }
  if (request.headers.authorization !== authorizationOf(request, body, of)) {
    return { status: 403, type: "AccessDeniedException", message: "the signature does not match" };
  }
  if (sbom.components.length > 2000 || outputFormat !== "CYCLONE_DX_1_5") {
    return { status: 400, type: "ValidationException", message: "too many components" };
  }
  return undefined;
};

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer =>
  createHmac("sha256", key).update(data).digest();

/** The header as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html has it made. */
const authorizationOf = (
  { headers, method = "", url = "" }: IncomingMessage,
  body: string,
  of: typeof credentials,
) => {
  const [, names = ""] = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? "") ?? [];
  const date = String(headers["x-amz-date"]);
  const lines = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, url, "", lines.join(""), names, sha256(body)].join("\n");
  const scope = `${date.slice(0, 8)}/eu-west-1/inspector-scan/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${of.secretAccessKey}`);
  const signature = hmac(key, toSign).toString("hex");
  const who = `${of.accessKeyId}/${scope}`;
  return `AWS4-HMAC-SHA256 Credential=${who}, SignedHeaders=${names}, Signature=${signature}`;
};
