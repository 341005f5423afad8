import { readdir } from "node:fs/promises";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { realFolder } from "./remove.ts";

/** Files of sshd_config.d that are read; distributions ship three. */
const mostFiles = 100;

/** The words after every occurrence of a keyword in sshd's configuration. Throws UnusablePath. */
export const sshdWords = async (root: string, keyword: string): Promise<string[]> => {
  const pattern = new RegExp(String.raw`^[ \t]*${keyword}(?:[ \t]*=|[ \t])(.*)$`, "gim");
  const texts = await Promise.all((await configFiles(root)).map((path) => readInside(root, path)));
  return texts.flatMap((text) =>
    [...(text ?? "").matchAll(pattern)].flatMap(([, words = ""]) =>
      words
        .replace(/\s#.*$/, "")
        .split(/\s+/)
        .map((word) => word.replaceAll('"', ""))
        .filter((word) => word !== ""),
    ),
  );
};

const configFiles = async (root: string): Promise<string[]> => {
  const folder = "/etc/ssh/sshd_config.d";
  const path = (await realFolder(root, folder)) ?? (await inside(root, folder).catch(() => ""));
  const names = (await readdir(path).catch(() => [])).filter((name) => name.endsWith(".conf"));
  return ["/etc/ssh/sshd_config", ...names.slice(0, mostFiles).map((name) => `${folder}/${name}`)];
};
