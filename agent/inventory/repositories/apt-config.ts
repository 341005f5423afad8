import type { Settings } from "./settings.ts";

/** What apt was told, by the option's name in lower case: the value, and where it is written. */
export type AptConfig = ReadonlyMap<string, { value: string; path: string; line: number }>;

/** Reads apt.conf(5), in apt's own order. */
export const readAptConfig = async (settings: Settings): Promise<AptConfig> => {
  const config = new Map<string, { value: string; path: string; line: number }>();
  const parts = await settings.paths("/etc/apt/apt.conf.d", /^(?:[\w-]+|[\w.-]+\.conf)$/);
  for (const path of [...parts, "/etc/apt/apt.conf"]) {
    const text = await settings.text(path);
    for (const { name, value, line } of parseAptConfig(text ?? "")) {
      config.set(name, { value, path, line });
    }
  }
  return config;
};

/** Options at most so deep in each other: apt's own are six deep. */
const deepest = 100;

/**
 * `A::B "value";`, or `A { B "value"; };`. Comments begin with `//` or `#`, or stand between
 * slashes and stars.
 */
export function* parseAptConfig(
  text: string,
): Generator<{ name: string; value: string; line: number }> {
  const tokens =
    /\/\*(?:[^]*?\*\/|[^]*)|\/\/.*|#.*|"((?:[^"\\\n]|\\.)*)"?|([{};])|([^\s"{};]+)|(\n)/g;
  const scopes: string[] = [];
  let words: string[] = [];
  let line = 1;
  for (const [whole, quoted, sign, word] of text.matchAll(tokens)) {
    if (quoted !== undefined || word !== undefined) words.push(quoted ?? word ?? "");
    else if (sign === "{" && scopes.length < deepest) scopes.push(words[0] ?? "");
    else if (sign === "}") scopes.pop();
    else if (sign === ";" && words.length > 1) {
      const [first = "", value = ""] = words;
      const name = [...scopes, first].filter((scope) => scope !== "").join("::");
      yield { name: name.toLowerCase(), value, line };
    }
    if (sign !== undefined) words = [];
    line += whole.split("\n").length - 1;
  }
}
