import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { posix } from "node:path";
import { parentPort } from "node:worker_threads";
import { readFolder } from "./folder.ts";
import { readAhead } from "./read-ahead.ts";
import { readContent } from "./read-content.ts";
import type { Report, Work } from "./work.ts";

/*
 * One thread of the inventory: takes work, answers with reports, the last of which is `done`. What
 * it cannot read ends it with an error.
 */

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
const say = (report: Report) => parentPort?.postMessage(report);

const { PRIORITY_LOW, PRIORITY_NORMAL } = constants.priority;

/** Linux takes a thread's number for a process's. */
const self = Number(posix.basename(readlinkSync("/proc/thread-self")));

let isBehind = false;

parentPort?.on("message", (work: Work) => {
  const wasBehind = isBehind;
  isBehind = work.kind === "ahead" && work.image.isBehind;
  // the last of all to be given a processor
  if (isBehind !== wasBehind) setPriority(self, isBehind ? PRIORITY_LOW : PRIORITY_NORMAL);
  const parts = partsOf(work);
  for (const part of parts) say(part);
  say({ kind: "done" });
});

function* partsOf(work: Work): Generator<Report> {
  if (work.kind === "contents") {
    const contents = work.files.map((file) => readContent(work.image.root, file));
    yield { kind: "contents-read", contents };
  } else if (work.kind === "ahead") {
    for (const folder of work.folders) yield* readAhead(work.image, folder);
  } else {
    const { root, foreign: paths, isRemembered = false } = work.image;
    const foreign = new Set(paths);
    for (const folder of work.folders) yield* readFolder(root, folder, { foreign, isRemembered });
  }
}
