import { Buffer } from "node:buffer";
import { realpath } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { askedAhead } from "./expected.ts";
import type { KnownFile, KnownFiles } from "./known.ts";
import { mountsIn } from "./mounts.ts";
import { openThreads, type Threads } from "./threads.ts";
import type { Asked } from "./shipped.ts";
import type { ImageMeanwhile, Report, Work } from "./work.ts";

/** The reading of an image's files while its steps run. */
export interface HeadStart extends AsyncDisposable {
  /** When there is nothing left to read, or reading went wrong: the inventory finds out for itself. */
  finished: Promise<void>;
  /** Stops reading; what was read until then. */
  end(): Promise<KnownFiles>;
}

/** Names that are held: about 250 bytes each, and three times what an image has. */
const mostNames = 300_000;

const noHeadStart: HeadStart = {
  finished: Promise.resolve(),
  end: async () => new Map(),
  [Symbol.asyncDispose]: async () => undefined,
};

/**
 * Hashing a whole image takes seconds of processors that most steps leave idle, waiting for the
 * network, a disk or a single thread of apt. So it begins with the steps, behind them, and what
 * they did not change need not be read again. Nothing depends on how far it comes, unless it
 * `isWaitedFor`: then it takes what processors there are.
 */
export const openHeadStart = async (
  root: string,
  hasSteps: boolean,
  { isWaitedFor = false } = {},
): Promise<HeadStart> => {
  const known = new Map<string, KnownFile[]>();
  if (!hasSteps) return noHeadStart;
  const { foreign, places } = await mountsIn(root);
  const top = Buffer.from(await realpath(root)).toString("latin1");
  const asked = await askedAhead(root, top); // before the image's programs may change what it reads
  const image: ImageMeanwhile = {
    root: top,
    foreign,
    devices: [...new Set(places.map(({ device }) => device))],
    began: Date.now(),
    isBehind: !isWaitedFor,
  };
  const threads = openThreads(image, Math.max(1, availableParallelism() - (isWaitedFor ? 0 : 1)));
  const finished = read(threads, known, asked).catch(() => undefined);
  const stop = () => threads[Symbol.asyncDispose]();
  return {
    finished,
    async end() {
      await stop();
      return known;
    },
    [Symbol.asyncDispose]: stop,
  };
};

const read = (threads: Threads, known: Map<string, KnownFile[]>, asked: Asked): Promise<void> => {
  const folders = [""];
  let names = 0;
  const next = (): Work | undefined =>
    folders.length === 0 || names > mostNames
      ? undefined
      : {
          kind: "ahead",
          folders: folders.splice(-1).map((path) => ({ path, asked: asked.get(path) ?? [] })),
        };
  return threads.drain(next, (report: Report) => {
    if (report.kind !== "ahead-part") return;
    folders.push(...report.folders);
    names += report.files.length + report.folders.length;
    known.set(report.folder, [...(known.get(report.folder) ?? []), ...report.files]);
  });
};
