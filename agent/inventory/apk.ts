import type { Package } from "../../core/inventory.ts";
import { contentOf, type DatabaseContent, isField } from "./database-content.ts";
import { databaseText } from "./database-file.ts";

/**
 * Reads the `installed` database of apk-tools 2, which apk-tools 3 keeps: paragraphs of lines that
 * begin with a letter of apk-package(5) and a colon.
 */
export const readApk = async (place: string): Promise<DatabaseContent | undefined> => {
  const text = await databaseText(place);
  if (text === undefined) return undefined;
  const paragraphs = text.split(/\n\n+/).filter((paragraph) => paragraph.trim() !== "");
  return contentOf(paragraphs.map(packageOf));
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
