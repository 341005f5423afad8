import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { InventoryFailed } from "../../core/errors.ts";
import { shownName } from "../../core/inventory/names.ts";

/** Attributes as getfattr(1) prints them: names in `latin1`, values in hexadecimal. */
export type RawXattrs = [name: string, hex: string][];

export interface Question<One> {
  things: Iterable<One>;
  /** Where one is: an absolute path, a `latin1` string; asked twice, and not kept. */
  pathOf(one: One): string;
  /** Told of those that have some, in the same order. */
  tell(one: One, raw: RawXattrs): void;
}

/** Bytes it may print: with a label on each, a million files have half of that. */
const mostOutput = 512 * 1024 ** 2;

/** Bytes of its complaints that are kept. */
const keptComplaint = 2000;

/** Names come as arguments, in as few processes as the system's limit of arguments allows. */
const argv = [
  ...["--null", "--no-run-if-empty"],
  ...["getfattr", "--no-dereference", "--dump", "--match=-", "--encoding=hex"],
  ...["--absolute-names", "--"],
];

/** Paths in one write. */
const atOnce = 500;

/**
 * Asks what extended attributes things have, of any namespace. No link is followed. Throws
 * InventoryFailed, and what `tell` throws.
 */
export const askGetfattr = async <One>(question: Question<One>): Promise<void> => {
  const child = spawn("xargs", argv, { env: { ...process.env, LC_ALL: "C" } });
  const asked: One[] = [];
  Readable.from(pathsOf(question, asked)).pipe(child.stdin);
  child.stdin.on("error", () => undefined); // it says itself why it reads no further
  let complaint = "";
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    complaint = `${complaint}${text}`.slice(0, keptComplaint);
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  ended.catch(() => undefined); // heard of below
  try {
    await readAnswers(child.stdout, asked, question);
  } catch (error) {
    // only then: it may have said all, and be about to end
    child.stdin.destroy();
    child.kill("SIGKILL");
    throw error;
  }
  const [status] = await ended;
  if (status !== 0) throw unreadable(complaint);
};

function* pathsOf<One>({ things, pathOf }: Question<One>, asked: One[]): Generator<Buffer> {
  let text = "";
  let count = 0;
  for (const one of things) {
    asked.push(one);
    text += `${pathOf(one)}\0`;
    if (++count % atOnce !== 0) continue;
    yield Buffer.from(text, "latin1");
    text = "";
  }
  if (text !== "") yield Buffer.from(text, "latin1");
}

/** A paragraph a file: `# file: PATH`, then `NAME=0xVALUE`; odd bytes of names are `\012`. */
const readAnswers = async <One>(
  output: Readable,
  asked: readonly One[],
  { pathOf, tell }: Question<One>,
): Promise<void> => {
  let at = -1;
  let raw: RawXattrs = [];
  await eachLine(output, (line) => {
    if (line.startsWith(fileMark)) {
      const path = unescaped(line.slice(fileMark.length));
      for (at++; at < asked.length && pathOf(asked[at] as One) !== path; at++);
      if (at >= asked.length) throw unreadable(`getfattr told of ${path}, which nobody asked for`);
    } else if (line !== "") raw.push(attributeOf(line));
    else {
      tell(asked[at] as One, raw);
      raw = [];
    }
  });
};

const fileMark = "# file: ";

const attributeOf = (line: string): [name: string, hex: string] => {
  const end = line.indexOf("="); // one in a name is written as \075
  return end === -1
    ? [unescaped(line), ""]
    : [unescaped(line.slice(0, end)), line.slice(end + "=0x".length)];
};

const unescaped = (text: string): string =>
  text.includes("\\")
    ? text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      )
    : text;

const eachLine = async (output: Readable, onLine: (line: string) => void): Promise<void> => {
  let rest = "";
  let bytes = 0;
  for await (const chunk of output.setEncoding("latin1")) {
    bytes += (chunk as string).length;
    if (bytes > mostOutput) throw unreadable(`they have more than ${mostOutput} bytes`);
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
};

const unreadable = (why: string): InventoryFailed =>
  new InventoryFailed(
    `extended attributes of the image's files could not be read: ${shownName(why.trim())}; ` +
      "check its file system",
  );
