/** Replaces secrets in a text. */
export type Mask = (text: string) => string;

/** Shorter lines of a secret are left alone: `}` is a line of many a key file. */
const shortest = 4;

/**
 * Masks every secret: as a whole, and each of its lines, because output comes line by line; as it
 * is and as JSON writes it.
 */
export const maskOf = (secrets: Iterable<string>): Mask => {
  const hidden = new Set<string>();
  for (const secret of secrets) {
    if (secret === "") continue;
    const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortest);
    for (const text of [secret, ...lines]) hidden.add(text).add(asJson(text));
  }
  const longestFirst = [...hidden].toSorted((one, other) => other.length - one.length);
  return (text) => {
    const masked = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
    if (!masked.includes(cutMark)) return masked;
    const lines = masked.split("\n");
    return lines.map((line) => withoutStart(line, longestFirst)).join("\n");
  };
};

/** As programs print it that tell of values in JSON, Ansible among them. */
const asJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** How a line that was cut ends; a secret may have been cut with it. */
const cutMark = "…";

const withoutStart = (line: string, secrets: readonly string[]): string => {
  if (!line.endsWith(cutMark)) return line;
  const text = line.slice(0, -cutMark.length);
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= shortest; length--) {
      if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}***${cutMark}`;
    }
  }
  return line;
};
