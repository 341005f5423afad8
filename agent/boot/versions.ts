/**
 * Which of two versions is newer, as systemd, and nearly so GRUB and rpm, see it: above 0 for the
 * first. https://uapi-group.org/specifications/specs/version_format_specification/
 */
export const compareVersions = (one: string, other: string): number => {
  let [left, right] = [one.slice(0, longest), other.slice(0, longest)];
  for (;;) {
    [left, right] = [left.replace(separators, ""), right.replace(separators, "")];
    for (const sign of ["~", "-", "^", "."]) {
      const [has, hasOther] = [left.startsWith(sign), right.startsWith(sign)];
      if (has !== hasOther) return has ? -1 : 1;
      if (has) [left, right] = [left.slice(1), right.slice(1)];
      // what ends is older, but for what goes on with "~"
      if (left === "" || right === "") return left.length - right.length;
    }
    const part = /^\d/.test(left) || /^\d/.test(right) ? /^\d*/ : /^[A-Za-z]*/;
    const [some, others] = [first(part, left), first(part, right)];
    const order = part.source === "^\\d*" ? numbers(some, others) : texts(some, others);
    if (order !== 0) return order;
    [left, right] = [left.slice(some.length), right.slice(others.length)];
  }
};

/** Characters of a version that count; the kernel allows 64. */
const longest = 256;

/** What is neither a letter, nor a digit, nor one of the signs that mean something. */
const separators = /^[^A-Za-z0-9~\-^.]+/;

const first = (pattern: RegExp, text: string): string => pattern.exec(text)?.[0] ?? "";

/** Of any length, so compared as texts without zeros before them. */
const numbers = (one: string, other: string): number => {
  const [left, right] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  return left.length - right.length || texts(left, right);
};

const texts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
