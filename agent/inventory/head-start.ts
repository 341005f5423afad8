import { Buffer } from "node:buffer";
import { realpath } from "node:fs/promises";
import { askedAhead } from "./expected.ts";
import type { KnownFile, KnownFiles } from "./known.ts";
import { mountsIn } from "./mounts.ts";
import type { Asked } from "./shipped.ts";
import type { Threads } from "./threads.ts";
import type { ImageMeanwhile, Report, Work } from "./work.ts";

/** The reading of an image's files while its steps run. */
export interface HeadStart extends AsyncDisposable {
  /** When there is nothing left to read, or reading went wrong: the inventory finds out for itself. */
  finished: Promise<void>;
  /** Stops reading; what was read until then, and what was known before. */
  end(): Promise<KnownFiles>;
}

export interface HeadStartOrder {
  root: string;
  /** They have no other work until it ends. */
  threads: Threads;
  /** What was read before: it is not read again while it is as it was. */
  known?: KnownFiles;
  /** Whether the bake waits for it: then it takes what processors there are. */
  isWaitedFor?: boolean;
}

/** Names that are held: about 250 bytes each, and three times what an image has. */
const mostNames = 300_000;

/**
 * Hashing a whole image takes seconds of processors that most steps leave idle, waiting for the
 * network, a disk or a single thread of apt. So it begins with the steps, behind them, and what
 * they did not change need not be read again. Nothing depends on how far it comes.
 */
export const openHeadStart = async (order: HeadStartOrder): Promise<HeadStart> => {
  const { root, threads, known: before } = order;
  const { isWaitedFor = false } = order;
  const { foreign, places } = await mountsIn(root);
  const top = Buffer.from(await realpath(root)).toString("latin1");
  // before the image's programs may change what it reads; what is known was asked for already
  const asked = before === undefined ? await askedAhead(root, top) : new Map();
  const image: ImageMeanwhile = {
    root: top,
    foreign,
    devices: [...new Set(places.map(({ device }) => device))],
    began: Date.now(),
    isBehind: !isWaitedFor,
    over: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
  };
  const known = new Map<string, readonly KnownFile[]>(before);
  const most = Math.max(1, threads.count - (isWaitedFor ? 0 : 1));
  const finished = read({ threads, most, image, known, asked }).catch(() => undefined);
  const stop = async () => {
    Atomics.store(image.over, 0, 1);
    await finished;
  };
  return {
    finished,
    async end() {
      await stop();
      return known;
    },
    [Symbol.asyncDispose]: stop,
  };
};

interface Reading {
  threads: Threads;
  most: number;
  image: ImageMeanwhile;
  known: Map<string, readonly KnownFile[]>;
  asked: Asked;
}

const read = ({ threads, most, image, known, asked }: Reading): Promise<void> => {
  const folders = [""];
  let names = 0;
  const next = (): Work | undefined =>
    folders.length === 0 || names > mostNames || Atomics.load(image.over, 0) !== 0
      ? undefined
      : {
          ...{ kind: "ahead", image },
          folders: folders.splice(-1).map((path) => ({
            ...{ path, known: known.get(path) ?? [], asked: asked.get(path) ?? [] },
          })),
        };
  const onReport = (report: Report) => {
    if (report.kind !== "ahead-part") return;
    folders.push(...report.folders);
    names += report.files.length + report.folders.length;
    if (report.files.length === 0) return;
    known.set(report.folder, [...(known.get(report.folder) ?? []), ...report.files]);
  };
  return threads.drain({ next, onReport, most });
};
