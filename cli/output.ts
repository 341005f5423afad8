import { printableLines } from "./progress/printable.ts";

const broken = new AbortController();

/** Aborts when standard output can take no more. */
export const outputBroken: AbortSignal = broken.signal;

/**
 * Keeps a reader that has gone (`| head`) from being an error. Anything else that is wrong with
 * standard output, a full disk say, is one when the command ends.
 */
export const watchOutput = (): void => {
  process.stdout.on("error", (error) => broken.abort(error));
  process.stderr.on("error", () => {}); // there is nowhere left to say so
};

/** What was wrong with standard output, unless its reader merely went away. */
export const outputProblem = async (): Promise<Error | undefined> => {
  // Failures arrive after the writes; this write's answer comes after theirs.
  await new Promise((resolve) => process.stdout.write("", resolve));
  const { aborted, reason } = outputBroken;
  return aborted && !readerIsGone(reason) ? reason : undefined;
};

/** Whether the pipe was closed, or the terminal. */
export const readerIsGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "EIO");

/**
 * Prints text for people on standard output, as lines that drive no terminal: names and sentences
 * in them are from images and recipes, and may hold anything.
 */
export const print = (text: string): void => printDocument(printableLines(text).join("\n"));

/** Prints a document for programs as it is: whoever made it has escaped what is in it. */
export const printDocument = (text: string): void => {
  if (!outputBroken.aborted) process.stdout.write(`${text}\n`);
};

/** Prints a remark on standard error, where it is in no program's way. */
export const note = (text: string): void => {
  process.stderr.write(`${printableLines(text).join("\n")}\n`);
};

/** Prints a value for programs. */
export const printJson = (value: unknown): void => printDocument(jsonText(value, 2));

/** JSON that drives no terminal. */
export const jsonText = (value: unknown, indent?: number): string =>
  tameJson(JSON.stringify(value, undefined, indent));

/**
 * The same JSON, so written that it drives no terminal. JSON.stringify escapes the control
 * characters below the space; here those of C1 as well, of which U+009B begins an escape sequence,
 * and those that reverse the direction of what comes after them.
 */
export const tameJson = (text: string): string =>
  text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
