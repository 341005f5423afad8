import { lstat } from "node:fs/promises";
import { inside } from "./inside.ts";

const folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"];

/** Whether the image has a program of that name where programs are. */
export const hasProgram = async (root: string, name: string): Promise<boolean> => {
  for (const folder of folders) {
    // a link may lead in a circle
    const path = await inside(root, `${folder}/${name}`).catch(() => "");
    const there = await lstat(path).catch(() => undefined);
    if (there?.isFile()) return true;
  }
  return false;
};
