import { StepFailed } from "../core/errors.ts";
import { readInside } from "./read-inside.ts";

export interface Account {
  uid: number;
  gid: number;
  home: string;
}

/** A user of the image, by name or number. Throws StepFailed, UnusablePath. */
export const accountOf = async (root: string, name: string): Promise<Account> => {
  const fields = await lookUp(root, "/etc/passwd", name);
  if (fields !== undefined) {
    return { uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] ?? "/" };
  }
  if (/^[0-9]+$/.test(name)) return { uid: Number(name), gid: Number(name), home: "/" };
  throw new StepFailed(`the image has no user ${name}; a users step before this one can make it`);
};

/** The number of a group of the image, by name or number. Throws StepFailed, UnusablePath. */
export const groupIdOf = async (root: string, name: string): Promise<number> => {
  const fields = await lookUp(root, "/etc/group", name);
  if (fields !== undefined) return Number(fields[2]);
  if (/^[0-9]+$/.test(name)) return Number(name);
  throw new StepFailed(`the image has no group ${name}; a users step before this one can make it`);
};

export const hasUser = async (root: string, name: string): Promise<boolean> =>
  (await lookUp(root, "/etc/passwd", name)) !== undefined;

export const hasGroup = async (root: string, name: string): Promise<boolean> =>
  (await lookUp(root, "/etc/group", name)) !== undefined;

const lookUp = async (root: string, path: string, name: string): Promise<string[] | undefined> => {
  const text = await readInside(root, path);
  return text
    ?.split("\n")
    .map((line) => line.split(":"))
    .find(([first]) => first === name);
};
