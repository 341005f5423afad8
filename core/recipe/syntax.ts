import type { ErrorCode } from "yaml";

const QUOTE = 'quote text that begins with a special character, as in "@daily"';
const FLOW = 'close every bracket, brace and quote; quote text that has ": " or ends in ":"';

const HINTS: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: QUOTE,
  BAD_DIRECTIVE: QUOTE,
  BAD_DQ_ESCAPE: 'write a backslash as "\\\\", or use single quotes',
  BAD_INDENT: "indent it like its neighbours, with spaces",
  BAD_SCALAR_START: QUOTE,
  BLOCK_AS_IMPLICIT_KEY: 'begin a nested map on a line of its own, and quote text that has ": "',
  BLOCK_IN_FLOW: "within brackets and braces, write lists and maps with brackets and braces",
  KEY_OVER_1024_CHARS: "a key is at most 1024 characters",
  MISSING_CHAR: FLOW,
  MULTILINE_IMPLICIT_KEY: 'write "key: value", the key on one line',
  TAB_AS_INDENT: "indent with spaces",
  TAG_RESOLVE_FAILED: "leave the tag out; a recipe has none",
  UNEXPECTED_TOKEN: FLOW,
};

/** What would be right where YAML has a syntax error. */
export const syntaxHint = (code: ErrorCode): string =>
  HINTS[code] ?? 'write YAML, as in "key: value"';
