/**
 * Tells whether a text fits a pattern of fnmatch(3) without flags: `*` stands for slashes, too. In
 * time that grows with the product of their lengths, whatever an image's own files ask for.
 */
export const patternOf = (pattern: string): ((text: string) => boolean) => {
  const parts = partsOf(pattern);
  return (text) => fitsAll(parts, text);
};

const fitsAll = (parts: readonly Part[], text: string): boolean => {
  let [at, part] = [0, 0];
  let back: { at: number; part: number } | undefined;
  while (at < text.length) {
    const one = parts[part];
    if (one === "*") back = { at, part: ++part };
    else if (one?.(text.charAt(at)) === true) [at, part] = [at + 1, part + 1];
    else if (back === undefined) return false;
    else {
      back.at += 1;
      ({ at, part } = back);
    }
  }
  return parts.slice(part).every((one) => one === "*");
};

type Part = "*" | ((character: string) => boolean);

const partsOf = (pattern: string): Part[] =>
  [...pattern.matchAll(/\[(!|\^)?(\]?[^\]]*)\]|\\(.)|([^])/g)].map((found): Part => {
    const [, not, set, escaped, plain] = found;
    if (set !== undefined) return (one) => isIn(set, one) === (not === undefined);
    if (plain === "*") return "*";
    if (plain === "?") return () => true;
    return (one) => one === (escaped ?? plain);
  });

const isIn = (set: string, one: string): boolean =>
  [...set.matchAll(/([^])-([^])|([^])/g)].some(([, from, to, single]) =>
    from === undefined || to === undefined ? single === one : from <= one && one <= to,
  );
