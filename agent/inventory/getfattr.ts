import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { InventoryFailed } from "../../core/errors.ts";
import { shownName } from "../../core/inventory/names.ts";

/** Attributes as getfattr(1) prints them: names in `latin1`, values in hexadecimal. */
export type RawXattrs = [name: string, hex: string][];

/** Something at an absolute path, a `latin1` string. */
export interface Attributed {
  path: string;
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
 * Asks what extended attributes things have, of any namespace, and tells of those that have some,
 * in the same order. No link is followed. Throws InventoryFailed, and what `tell` throws.
 */
export const askGetfattr = async <One extends Attributed>(
  things: Iterable<One>,
  tell: (one: One, raw: RawXattrs) => void,
): Promise<void> => {
  const child = spawn("xargs", argv, { env: { ...process.env, LC_ALL: "C" } });
  const asked: One[] = [];
  Readable.from(pathsOf(things, asked)).pipe(child.stdin);
  child.stdin.on("error", () => undefined); // it says itself why it reads no further
  let complaint = "";
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    complaint = `${complaint}${text}`.slice(0, keptComplaint);
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  ended.catch(() => undefined); // heard of below
  try {
    await readAnswers(child.stdout, asked, tell);
  } finally {
    child.stdin.destroy();
    if (child.exitCode === null) child.kill("SIGKILL");
  }
  const [status] = await ended;
  if (status !== 0) throw unreadable(complaint);
};

function* pathsOf<One extends Attributed>(things: Iterable<One>, asked: One[]): Generator<Buffer> {
  let text = "";
  let count = 0;
  for (const one of things) {
    asked.push(one);
    text += `${one.path}\0`;
    if (++count % atOnce !== 0) continue;
    yield Buffer.from(text, "latin1");
    text = "";
  }
  if (text !== "") yield Buffer.from(text, "latin1");
}

/** A paragraph a file: `# file: PATH`, then `NAME=0xVALUE`; odd bytes of names are `\012`. */
const readAnswers = async <One extends Attributed>(
  output: Readable,
  asked: readonly One[],
  tell: (one: One, raw: RawXattrs) => void,
): Promise<void> => {
  let at = 0;
  let raw: RawXattrs = [];
  let path: string | undefined;
  for await (const line of linesOf(output)) {
    if (line.startsWith(fileMark)) path = unescaped(line.slice(fileMark.length));
    else if (line !== "") raw.push(attributeOf(line));
    else if (path !== undefined) {
      while (at < asked.length && asked[at]?.path !== path) at++;
      const one = asked[at];
      if (one === undefined) throw unreadable(`getfattr told of ${path}, which nobody asked for`);
      tell(one, raw);
      [path, raw] = [undefined, []];
    }
  }
};

const fileMark = "# file: ";

const attributeOf = (line: string): [name: string, hex: string] => {
  const [, name = "", hex = ""] = /^(.*?)(?:=0x(.*))?$/s.exec(line) ?? [];
  return [unescaped(name), hex];
};

const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

async function* linesOf(output: Readable): AsyncGenerator<string> {
  let rest = "";
  let bytes = 0;
  for await (const chunk of output.setEncoding("latin1")) {
    bytes += (chunk as string).length;
    if (bytes > mostOutput) throw unreadable(`they have more than ${mostOutput} bytes`);
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

const unreadable = (why: string): InventoryFailed =>
  new InventoryFailed(
    `extended attributes of the image's files could not be read: ${shownName(why.trim())}; ` +
      "check its file system",
  );
