/** Where dpkg puts what packages ship, as dpkg-divert(1) tells it to. */
export interface Diversions {
  placeOf(path: string, name: string): string;
}

/**
 * `diversions` has three lines for each: a path, where the files of other packages go instead, and
 * the package whose own file stays; `:` when it is nobody's.
 */
export const readDiversions = (text: string): Diversions => {
  const lines = text.split("\n");
  const diverted = new Map<string, { to: string; by: string }>();
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [path = "", to = "", by = ""] = lines.slice(at, at + 3);
    diverted.set(path, { to, by });
  }
  return {
    placeOf(path, name) {
      const found = diverted.get(path);
      return found === undefined || found.by === name ? path : found.to;
    },
  };
};
