import { relative } from "node:path";
import { inside } from "../inside.ts";

/** A path of the image with every link followed, as the image sees it. Throws UnusablePath. */
export const realPath = async (root: string, path: string): Promise<string> =>
  `/${relative(root, await inside(root, path))}`;
