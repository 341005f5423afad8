import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";

/** A stream that is a terminal to those who ask, and keeps what is written to it. */
export const fakeTerminal = ({ columns = 60, rows = 20 } = {}) => {
  const stream = new PassThrough();
  let written = "";
  stream.setEncoding("utf8").on("data", (text: string) => (written += text));
  const terminal = Object.assign(stream, {
    isTTY: true,
    columns,
    rows,
    getColorDepth: () => WriteStream.prototype.getColorDepth(),
  });
  return { terminal, text: () => written };
};

/**
 * What a terminal shows in the end of what was written to it: the few sequences that log-update
 * uses are obeyed, and any other is an error.
 */
export const screenOf = (written: string): string[] => {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  const put = (text: string) => {
    const line = lines[row] ?? "";
    lines[row] = line.slice(0, column).padEnd(column) + text + line.slice(column + text.length);
    column += text.length;
  };
  const sequences: Record<string, (count: number) => void> = {
    A: (count) => (row = Math.max(0, row - count)),
    B: (count) => (row += count),
    G: () => (column = 0),
    K: (count) => (lines[row] = count === 2 ? "" : (lines[row] ?? "").slice(0, column)),
    m: () => {},
    h: () => {},
    l: () => {},
  };
  const newLine = () => {
    row += 1;
    column = 0;
    lines[row] ??= "";
  };
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is parsed
  for (const [token] of written.matchAll(/\u001b\[\??(\d*)[A-Za-z]|\n|[^\u001b\n]+|\u001b/g)) {
    if (token === "\n") newLine();
    else if (!token.startsWith("\u001b")) put(token);
    else {
      const [, digits = "", final = ""] = /(\d*)([A-Za-z]?)$/.exec(token) ?? [];
      const obey = sequences[final];
      if (obey === undefined) throw new Error(`an escape of another's: ${JSON.stringify(token)}`);
      obey(digits === "" ? (final === "K" ? 0 : 1) : Number(digits));
    }
  }
  return lines.map((line) => line.trimEnd());
};
