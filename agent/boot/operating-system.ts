import { readInside } from "../read-inside.ts";

/** Characters of a name that anybody would call an operating system by. */
const longest = 200;

/** `PRETTY_NAME`, or `NAME`, of the image's os-release(5); `unknown` when it says nothing. */
export const operatingSystemOf = async (root: string): Promise<string> => {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    const text = await readInside(root, path).catch(() => undefined);
    if (text === undefined) continue;
    const name = valueOf(text, "PRETTY_NAME") || valueOf(text, "NAME");
    if (name !== "") return name;
  }
  return "unknown";
};

/** The value of an os-release's assignment as a shell would read it; what drives a terminal is left out. */
export const valueOf = (text: string, name: string): string => {
  const line = text.split("\n").findLast((line) => line.startsWith(`${name}=`));
  const value = line?.slice(name.length + 1).trim() ?? "";
  const quote = /^(["'])(.*)\1$/.exec(value);
  const plain = quote?.[2] ?? value;
  const unescaped = quote?.[1] === "'" ? plain : plain.replaceAll(/\\(["$`\\])/g, "$1");
  return unescaped.replaceAll(/\p{C}/gu, "").slice(0, longest).trim();
};
