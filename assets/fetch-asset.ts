import { createHash, type Hash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { assertSpace, orFull } from "./space.ts";
import { AssetFailed, NotReady } from "../core/errors.ts";
import { AssetInterrupted } from "./errors.ts";
import { failure } from "./failure.ts";
import { type AssetLimits, usualAssetLimits } from "./limits.ts";
import { shownUrl } from "../core/shown-url.ts";
import { assetUrl, openUrl } from "./open-url.ts";

export interface AssetOrder {
  /** `https://…` or `http://…`. */
  url: string;
  /** `sha256:` and 64 hexadecimal digits. */
  checksum: string;
  /** The file it becomes; what is there is replaced. */
  to: string;
  signal: AbortSignal;
  /** Tells the operator what is being done. */
  say(line: string): void;
  /** usualAssetLimits, when absent. */
  limits?: AssetLimits;
}

export interface Asset {
  bytes: number;
}

/** Fetches an asset, and verifies it on the way. Throws AssetFailed, NotReady when the disk is full. */
export const fetchAsset = async (order: AssetOrder): Promise<Asset> => {
  const { signal, say, limits = usualAssetLimits } = order;
  const url = assetUrl(order.url);
  assertChecksum(shownUrl(url), order.checksum);
  say(`fetching ${shownUrl(url)}`);
  for (const pause of limits.pauses) {
    try {
      return await tryOnce(url, order);
    } catch (error) {
      if (!(error instanceof AssetInterrupted)) throw error;
      say(`${error.message}; trying again in ${pause} s`);
      await sleep(pause * 1000, undefined, { signal });
    }
  }
  return tryOnce(url, order);
};

/** Throws AssetFailed. */
export const assertChecksum = (what: string, checksum: string): void => {
  if (/^sha256:[0-9a-f]{64}$/.test(checksum)) return;
  throw new AssetFailed(
    `${what} has the checksum ${checksum}: one is \`sha256:\` and 64 hexadecimal digits, as sha256sum prints them`,
  );
};

const tryOnce = async (url: URL, order: AssetOrder): Promise<Asset> => {
  const { to, checksum, signal, limits = usualAssetLimits } = order;
  const aside = `${to}.${randomUUID()}`;
  const watch = openWatch(limits, signal);
  try {
    const response = await openUrl(url, limits.redirections, watch.signal);
    const stated = Number(response.headers["content-length"] ?? 0);
    assertSize(url, stated, limits);
    await assertSpace(to, stated);
    const hash = createHash("sha256");
    let bytes = 0;
    const looked = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        watch.refresh();
        bytes += chunk.length;
        assertSize(url, bytes, limits);
        hash.update(chunk);
        yield chunk;
      }
    };
    const file = createWriteStream(aside, { flags: "wx" });
    await pipeline(response, looked, file, { signal: watch.signal });
    assertIs(url, checksum, hash, bytes);
    await rename(aside, to);
    return { bytes };
  } catch (error) {
    const why = await orFull(error, to);
    await rm(aside, { force: true });
    signal.throwIfAborted();
    throw why instanceof NotReady ? why : failure(url, error, watch.signal);
  } finally {
    watch.close();
  }
};

/** A signal for when it is told to, when no byte has come for too long, or when it took too long. */
const openWatch = ({ idle, total }: AssetLimits, signal: AbortSignal) => {
  const stop = new AbortController();
  const after = (seconds: number, why: string) =>
    setTimeout(() => stop.abort(new AssetInterrupted(why)), seconds * 1000);
  const idleTimer = after(idle, `nothing came for ${idle} s`);
  const totalTimer = after(total, `it took more than ${total} s`);
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    refresh: () => void idleTimer.refresh(),
    close: () => [idleTimer, totalTimer].forEach((timer) => clearTimeout(timer)),
  };
};

const assertSize = (url: URL, bytes: number, limits: AssetLimits): void => {
  if (bytes <= limits.bytes) return;
  throw new AssetFailed(
    `${shownUrl(url)} is larger than ${limits.bytes} bytes, which is the most that an asset may be`,
  );
};

const assertIs = (url: URL, checksum: string, hash: Hash, bytes: number): void => {
  const came = `sha256:${hash.digest("hex")}`;
  if (came === checksum) return;
  throw new AssetFailed(
    `${shownUrl(url)} is not what the recipe says: expected ${checksum}, and what came (${bytes} bytes) has ${came}; if it was changed for good, change the recipe`,
  );
};
