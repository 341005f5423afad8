import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A small recipe; `more` are further lines of its `image:`. */
export const recipeText = (more = ""): string =>
  `image:
  name: small
  origin:
    scratch: { distribution: debian, suite: bookworm }
  architecture: ${process.arch === "arm64" ? "arm64" : "x86_64"}
  root_volume_size: 1
${more}`;

/** Writes a recipe into a folder and answers its path. */
export const writeRecipe = async (folder: string, text: string, name = "small.yaml") => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};
