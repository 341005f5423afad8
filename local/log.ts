import { createWriteStream } from "node:fs";
import type { BakeEvent } from "../core/bake-event.ts";

/** Bytes of a log: a step that prints a gigabyte must not fill the disk by way of its log. */
const limit = 32 * 1024 ** 2;

export interface BakeLog extends AsyncDisposable {
  write(event: BakeEvent): void;
}

/** A bake's events as JSON lines in a file; beyond the limit only steps' output is left out. */
export const openLog = (path: string): BakeLog => {
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  // a log that cannot be written must not end the bake; the bake says so itself when disks are full
  stream.on("error", () => undefined);
  let written = 0;
  return {
    write(event) {
      if (event.event === "step-output" && written > limit) return;
      const line = `${JSON.stringify(event)}\n`;
      written += line.length;
      stream.write(line);
    },
    async [Symbol.asyncDispose]() {
      if (stream.closed) return;
      // not once(), which would throw the error that was let pass
      const closed = new Promise<void>((resolve) => stream.once("close", () => resolve()));
      stream.end();
      await closed;
    },
  };
};
