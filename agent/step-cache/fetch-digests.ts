import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import * as z from "zod";

/*
 * `fetch-digests.ts`: reads URLs, a JSON array, from its standard input, and says of each that it
 * could fetch `["URL","sha256:…"]`, a line each.
 */

/** Bytes: more than that is no list of a repository's. */
const most = 16 * 1024 ** 2;

/** Milliseconds. */
const patience = 20_000;

const fetchDigest = async (url: string): Promise<void> => {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(patience),
    headers: { "cache-control": "no-cache" },
  });
  if (!response.ok || response.body === null) return;
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > most) return;
    hash.update(chunk);
  }
  process.stdout.write(`${JSON.stringify([url, `sha256:${hash.digest("hex")}`])}\n`);
};

const urls = z.array(z.string()).parse(JSON.parse(await text(process.stdin)));
await Promise.allSettled(urls.map(fetchDigest));
