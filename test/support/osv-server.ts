import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { questionsFor } from "../../core/vulnerabilities/ecosystem.ts";
import { matchOf } from "../../core/vulnerabilities/matching.ts";
import type { OsvRecord } from "../../core/vulnerabilities/osv-record.ts";
import type { Software } from "../../core/sbom/software.ts";

interface Query {
  package: { ecosystem: string; name: string };
  version: string;
  page_token?: string;
}

export interface OsvServer extends AsyncDisposable {
  url: string;
  /** Queries of each batch. */
  batches: Query[][];
  /** Paths that were fetched. */
  fetched: string[];
  /** Statuses with which the next requests are answered before there are answers. */
  failures: number[];
}

/**
 * A server with the part of OSV's API that is asked: https://google.github.io/osv.dev/api/. It
 * gives each query `page` ids at a time.
 */
export const osvServer = async (records: readonly OsvRecord[], page = 1): Promise<OsvServer> => {
  const state = { batches: [] as Query[][], fetched: [] as string[], failures: [] as number[] };
  const server = createServer((request, response) => {
    void (async () => {
      const failure = state.failures.shift();
      const answer = failure === undefined ? await answerTo(request, records, page, state) : {};
      response.writeHead(failure ?? (answer === undefined ? 404 : 200), {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(answer ?? { code: 5, message: "not found" }));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

const answerTo = async (
  request: IncomingMessage,
  records: readonly OsvRecord[],
  page: number,
  state: { batches: Query[][]; fetched: string[] },
): Promise<unknown> => {
  const path = request.url ?? "";
  if (request.method === "POST" && path === "/v1/querybatch") {
    const { queries } = JSON.parse(await text(request)) as { queries: Query[] };
    state.batches.push(queries);
    return { results: queries.map((query) => resultOf(query, records, page)) };
  }
  state.fetched.push(path);
  const id = decodeURIComponent(path.replace("/v1/vulns/", ""));
  return records.find((record) => record.id === id);
};

/** A query's answer: `{}` when there is nothing. */
const resultOf = (query: Query, records: readonly OsvRecord[], page: number): object => {
  const all = records.filter((record) => record.withdrawn == null && isAbout(record, query));
  const start = Number(query.page_token ?? 0);
  const vulns = all.slice(start, start + page).map(({ id, modified }) => ({ id, modified }));
  if (vulns.length === 0) return {};
  const isMore = start + page < all.length;
  return { vulns, ...(isMore && { next_page_token: String(start + page) }) };
};

const isAbout = (record: OsvRecord, query: Query): boolean =>
  (record.affected ?? []).some((entry) => {
    const { ecosystem, name } = entry.package ?? {};
    const isName = name?.toLowerCase() === query.package.name.toLowerCase();
    if (ecosystem !== query.package.ecosystem || !isName) return false;
    return matchOf(entry, query.version, orderOf(query)) !== undefined;
  });

/** The order that the adapter would take itself. */
const orderOf = ({ package: { ecosystem } }: Query) => {
  const kind = /^(?:Debian|Ubuntu)/.test(ecosystem) ? "dpkg" : "rpm";
  const one: Software = { kind, name: "x", version: "1" };
  if (ecosystem === "npm")
    return questionsFor([{ ...one, kind: "npm" }], undefined).questions[0]?.order;
  if (ecosystem === "PyPI") return undefined;
  if (ecosystem.startsWith("Alpine")) {
    return questionsFor([{ ...one, kind: "apk" }], { id: "alpine", version: "3.19" }).questions[0]
      ?.order;
  }
  const id = kind === "dpkg" ? "debian" : "rocky";
  return questionsFor([one], { id, version: "9" }).questions[0]?.order;
};
