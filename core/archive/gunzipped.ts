import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UnusableArchive } from "../errors.ts";
import type { Budget } from "./limits.ts";

/** What gzip packed, as long as it comes to no more than the budget allows. Throws UnusableArchive. */
export async function* gunzipped(source: Readable, budget: Budget): AsyncGenerator<Buffer> {
  const packed = createGunzip();
  source.on("error", (error) => packed.destroy(error)).pipe(packed);
  let bytes = 0;
  try {
    for await (const chunk of packed as AsyncIterable<Buffer>) {
      // a tar begins with a name; the parser would unpack this again, uncounted
      if (bytes === 0 && chunk[0] === 0x1f) throw new UnusableArchive("it is packed twice");
      bytes += chunk.length;
      budget.assertRatio(bytes);
      yield chunk;
    }
  } finally {
    source.destroy();
    packed.destroy();
  }
}
