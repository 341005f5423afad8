import type { Package } from "../../core/inventory.ts";
import { filesOfParagraph } from "./apk-files.ts";
import { contentOf, type DatabaseContent, isField } from "./database-content.ts";
import { databaseBytes } from "./database-file.ts";
import { checkCount, type ShippedFile } from "./shipped.ts";

/**
 * Reads the `installed` database of apk-tools 2, which apk-tools 3 keeps: paragraphs of lines that
 * begin with a letter of apk-package(5) and a colon.
 */
export const readApk = async (place: string): Promise<DatabaseContent | undefined> => {
  const text = (await databaseBytes(place))?.toString("latin1");
  if (text === undefined) return undefined;
  const files: ShippedFile[] = [];
  const paragraphs = text.split(/\n\n+/).filter((paragraph) => paragraph.trim() !== "");
  const read = paragraphs.map((paragraph) => {
    const found = packageOf(Buffer.from(paragraph, "latin1").toString("utf8"));
    if (found === "broken") return found;
    for (const file of filesOfParagraph(paragraph, found.name)) files.push(file);
    checkCount(files);
    return found;
  });
  return { ...contentOf(read), files };
};

const packageOf = (paragraph: string): Package | "broken" => {
  const fields = new Map<string, string>();
  for (const line of paragraph.split("\n")) {
    const letter = line.slice(0, line.indexOf(":"));
    if (!fields.has(letter)) fields.set(letter, line.slice(letter.length + 1).trim());
  }
  const [name, version] = [fields.get("P"), fields.get("V")];
  if (!isField(name) || !isField(version)) return "broken";
  const [architecture, origin, licence] = [fields.get("A"), fields.get("o"), fields.get("L")];
  return {
    ...{ kind: "apk", name, version },
    ...(isField(architecture) && { architecture }),
    ...(isField(origin) && { source: { name: origin, version } }),
    ...(isField(licence) && { licence }),
  };
};
