import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { posix } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { contentOf, type FileContent } from "./content.ts";
import { read, readFolder } from "./folder.ts";
import { placeOf } from "./place.ts";
import { readAhead } from "./read-ahead.ts";
import type { Content, ImageMeanwhile, ImageRoot, Report, Work } from "./work.ts";

/*
 * One thread of the inventory: takes work, answers with reports, the last of which is `done`. What
 * it cannot read ends it with an error.
 */

const { root, foreign: paths, isRemembered = false } = workerData as ImageRoot;
const foreign = new Set(paths);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
const say = (report: Report) => parentPort?.postMessage(report);

/** The last of all to be given a processor: Linux takes a thread's number for a process's. */
if ((workerData as Partial<ImageMeanwhile>).isBehind === true) {
  const thread = posix.basename(readlinkSync("/proc/thread-self"));
  setPriority(Number(thread), constants.priority.PRIORITY_LOW);
}

parentPort?.on("message", (work: Work) => {
  const parts = partsOf(work);
  for (const part of parts) say(part);
  say({ kind: "done" });
});

function* partsOf(work: Work): Generator<Report> {
  if (work.kind === "contents") yield { kind: "contents-read", contents: work.files.map(content) };
  else if (work.kind === "ahead")
    for (const folder of work.folders) yield* readAhead(workerData as ImageMeanwhile, folder);
  else
    for (const folder of work.folders) yield* readFolder(root, folder, { foreign, isRemembered });
}

const content = ({ path, size, asked }: Content): [path: string, content: FileContent] => {
  using place = placeOf(root, posix.dirname(path));
  const at = `${place.path}/${posix.basename(path)}`;
  return [path, read(path, () => contentOf(at, size, asked))];
};
