const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const wide =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\uff01-\uff60]/u;

/** The text cut to that many columns of a terminal, with an ellipsis where it was cut. */
export const cutTo = (text: string, columns: number): string => {
  // Also the fast path, and the longest prefix that can fit: a column takes no less than one unit.
  if (text.length <= columns && !wide.test(text)) return text;
  let width = 0;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    width += wide.test(segment) ? 2 : 1;
    if (width > columns - 1) return `${kept}…`;
    kept += segment;
  }
  return kept;
};
