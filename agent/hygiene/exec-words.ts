/** A word with its quotes, as systemd and shells split a line; an open quote is a character. */
const word = /(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^\s'"\\]|['"\\])+/g;

const quoted = /'([^']*)'|"((?:\\[^]|[^"\\])*)"|(\\[^])/g;

const letters: Record<string, string> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** C's escapes, and `\s` for a blank: systemd.syntax(7). */
const unescaped = (text: string): string =>
  text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([0-7]{3})|([^]))/gi,
    (_, hex?: string, code?: string, octal?: string, letter = "") => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const number = hex ?? code;
      if (number !== undefined) return String.fromCharCode(Number.parseInt(number, 16));
      return letter === "s" ? " " : (letters[letter] ?? letter);
    },
  );

/** Without its quotes and escapes. */
export const unquoted = (text: string): string =>
  text.replaceAll(quoted, (_, single?: string, double?: string, escape?: string) =>
    unescaped(single ?? double ?? escape ?? ""),
  );

/** The words of a line, without quotes. */
export const quotedWords = (line: string): string[] => (line.match(word) ?? []).map(unquoted);

/**
 * The words of a command of a unit's, as systemd.service(5) makes them: `$NAME` by itself is as many
 * words as it has, `${NAME}` is part of one.
 */
export const execWords = (line: string, environment: ReadonlyMap<string, string>): string[] =>
  (line.match(word) ?? []).flatMap((raw) => {
    const [, name] = /^\$([A-Za-z_]\w*)$/.exec(raw) ?? [];
    if (name !== undefined) return quotedWords(environment.get(name) ?? "");
    return [
      unquoted(raw).replaceAll(/\$(?:(\$)|\{([A-Za-z_]\w*)\})/g, (_, dollar?: string, of = "") =>
        dollar === undefined ? (environment.get(of) ?? "") : "$",
      ),
    ];
  });

/** What a file of variables assigns: systemd.exec(5), and shells as far as that is the same. */
export const assignments = (text: string): [name: string, value: string][] =>
  [
    ...text.matchAll(
      /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)\+?=((?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^'"\\\n])*)/gm,
    ),
  ].map(([, name = "", value = ""]) => [name, unquoted(value.replaceAll("\\\n", "")).trim()]);
