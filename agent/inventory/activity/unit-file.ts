/** Settings of a unit by section and name: `[Service] ExecStart`; each with all its values, in order. */
export type UnitSettings = Map<string, string[]>;

/**
 * Adds what a unit's file, or a drop-in of it, says: systemd.syntax(7). A value that is empty takes
 * back those before it.
 */
export const addSettings = (settings: UnitSettings, text: string): void => {
  let section = "";
  for (const line of joined(text)) {
    const [, name] = /^\[([^\]]+)\]$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const equals = line.indexOf("=");
    if (name !== undefined || equals === -1) continue;
    const key = `${section}.${line.slice(0, equals).trim()}`;
    const value = line.slice(equals + 1).trim();
    settings.set(key, value === "" ? [] : [...(settings.get(key) ?? []), value].slice(-mostValues));
  }
};

/** Of one setting: no unit has as many, and a hostile one shall not have millions. */
const mostValues = 1000;

/** Lines without comments; one that ends with a backslash goes on in the next. */
function* joined(text: string): Generator<string> {
  let held: string[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("#") || line.startsWith(";")) continue;
    if (line.endsWith("\\")) {
      held.push(line.slice(0, -1).trimEnd());
      continue;
    }
    const whole = [...held, line].join(" ").trim();
    held = [];
    if (whole !== "") yield whole;
  }
}

/** Words of all values of a setting. */
export const wordsOf = (settings: UnitSettings, key: string): string[] =>
  (settings.get(key) ?? []).flatMap((value) => value.split(/\s+/).filter((word) => word !== ""));
