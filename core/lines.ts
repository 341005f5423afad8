import { StringDecoder } from "node:string_decoder";

export interface LineSplitter {
  write(chunk: Buffer): void;
  /** Gives out what came after the last newline. */
  end(): void;
}

/**
 * Splits a stream of UTF-8 into lines of at most `limit` characters; what a line has beyond that
 * is dropped and `…` says so, so that a stream without newlines takes no memory. `\r` ends a line
 * too: progress bars redraw with it.
 */
export const splitLines = (limit: number, onLine: (line: string) => void): LineSplitter => {
  const decoder = new StringDecoder("utf8");
  let line = "";
  let cut = false;
  const append = (text: string) => {
    if (cut) return;
    line += text;
    if (line.length <= limit) return;
    line = line.slice(0, limit);
    cut = true;
  };
  const flush = () => {
    if (line !== "") onLine(cut ? `${line}…` : line);
    line = "";
    cut = false;
  };
  const take = (text: string) => {
    const [first = "", ...rest] = text.split(/[\r\n]/);
    append(first);
    for (const part of rest) {
      flush();
      append(part);
    }
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      flush();
    },
  };
};
