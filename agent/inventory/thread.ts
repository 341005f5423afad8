import { posix } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { digestOf } from "./content.ts";
import { read, readFolder } from "./folder.ts";
import { placeOf } from "./place.ts";
import type { Content, ImageRoot, Report, Work } from "./work.ts";

/*
 * One thread of the inventory: takes work, answers with reports, the last of which is `done`. What
 * it cannot read ends it with an error.
 */

const { root, foreign } = workerData as ImageRoot;
const foreignPaths = new Set(foreign);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
const say = (report: Report) => parentPort?.postMessage(report);

parentPort?.on("message", (work: Work) => {
  if (work.kind === "contents") say({ kind: "digests", digests: work.files.map(digest) });
  else {
    for (const folder of work.folders) {
      for (const part of readFolder(root, folder, foreignPaths)) say(part);
    }
  }
  say({ kind: "done" });
});

const digest = ({ path, size }: Content): [path: string, sha256: string] => {
  using place = placeOf(root, posix.dirname(path));
  const at = `${place.path}/${posix.basename(path)}`;
  return [path, read(path, () => digestOf(at, size))];
};
