import { stripVTControlCharacters } from "node:util";

// All of C0 and C1, the line separators, and what reverses the direction of the text after it.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text from elsewhere as lines that print as they are and never drive the terminal. */
export const printableLines = (text: string): string[] =>
  text
    .replace(/\r?\n$/, "")
    .split("\n")
    .flatMap((line) => {
      const shown = printable(line);
      // Escapes alone were for a terminal; an empty line was for the reader.
      return shown === "" && line.trim() !== "" ? [] : [shown];
    });

/** One line of it. A carriage return starts the line again, as progress bars do. */
export const printable = (line: string): string =>
  (
    stripVTControlCharacters(line)
      .split("\r")
      .findLast((part) => part !== "") ?? ""
  )
    .replaceAll("\t", "    ")
    .replaceAll(unprintable, "");
