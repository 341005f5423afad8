/** Characters of a text from an image that a message has room for. */
const limit = 80;

/**
 * A text of the image's as a message may show it: in quotes, on one line, and without what a
 * terminal would obey.
 */
export const shown = (text: string): string => {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return plain(JSON.stringify(cut));
};

/** A line without what a terminal would obey. */
export const plain = (line: string): string => line.replace(/\p{C}/gu, escaped);

const escaped = (character: string): string =>
  `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
