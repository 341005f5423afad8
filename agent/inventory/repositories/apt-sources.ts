import type { Settings } from "./settings.ts";

/** A source as sources.list(5) has it, in either of its two forms. */
export interface AptSource {
  path: string;
  line: number;
  urls: string[];
  suites: string[];
  components: string[];
  enabled: boolean;
  /** By their names in lower case, as they stand in the form of one line: `signed-by`. */
  options: ReadonlyMap<string, string>;
}

/** Reads all sources of binary packages, in apt's own order. */
export const readAptSources = async (settings: Settings): Promise<AptSource[]> => {
  const parts = await settings.paths("/etc/apt/sources.list.d", /^[\w.-]+\.(?:list|sources)$/);
  const found: AptSource[] = [];
  for (const path of ["/etc/apt/sources.list", ...parts]) {
    const text = (await settings.text(path)) ?? "";
    found.push(...(path.endsWith(".sources") ? parseStanzas(text, path) : parseLines(text, path)));
  }
  return found;
};

/** `deb [option=value …] url suite component …`; a `#` ends the line. */
export const parseLines = (text: string, path: string): AptSource[] =>
  text.split("\n").flatMap((whole, index): AptSource[] => {
    const [, options = "", rest] =
      /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^#]*)/.exec(whole.replace(/^\uFEFF/, "")) ?? [];
    const [url, suite, ...components] = rest?.trim().split(/\s+/) ?? [];
    if (url === undefined || url === "" || suite === undefined) return [];
    const pairs = options.split(/\s+/).flatMap((option): [string, string][] => {
      const [, name, value] = /^([^=]+?)[+-]?=(.*)$/.exec(option) ?? [];
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
    });
    return [
      {
        ...{ path, line: index + 1, urls: [url], suites: [suite], components },
        ...{ enabled: true, options: new Map(pairs) },
      },
    ];
  });

/** Paragraphs of deb822(5); a line that begins with a blank continues the one before. */
export const parseStanzas = (text: string, path: string): AptSource[] => {
  const found: AptSource[] = [];
  let fields = new Map<string, string>();
  let [first, last] = [1, ""];
  const end = () => {
    if (words(fields.get("types")).includes("deb")) found.push(sourceOf(fields, path, first));
    fields = new Map();
  };
  for (const [index, line] of [...text.split("\n"), ""].entries()) {
    if (line.startsWith("#")) continue;
    const [, name, value = ""] = /^([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (line.trim() === "") end();
    else if (name !== undefined) {
      if (fields.size === 0) first = index + 1;
      last = name.toLowerCase();
      fields.set(last, value);
    } else if (/^\s/.test(line)) fields.set(last, `${fields.get(last) ?? ""}\n${line.trim()}`);
  }
  return found;
};

const words = (value: string | undefined): string[] =>
  (value ?? "").split(/\s+/).filter((word) => word !== "");

const sourceOf = (fields: Map<string, string>, path: string, line: number): AptSource => ({
  ...{ path, line },
  urls: words(fields.get("uris")),
  suites: words(fields.get("suites")),
  components: words(fields.get("components")),
  enabled: !/^(?:no|false|0|off|without|disable)$/i.test(fields.get("enabled")?.trim() ?? ""),
  options: fields,
});
