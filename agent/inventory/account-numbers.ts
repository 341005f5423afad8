import { databasePlace, databaseText, DatabaseProblem } from "./database-file.ts";

/** Numbers of the image's own users and groups; undefined for a name that it does not know. */
export interface Accounts {
  user(name: string | number | undefined): number | undefined;
  group(name: string | number | undefined): number | undefined;
}

/** Reads /etc/passwd and /etc/group of an image: passwd(5), group(5). */
export const readAccounts = async (root: string): Promise<Accounts> => {
  const users = await numbersIn(root, "/etc/passwd");
  const groups = await numbersIn(root, "/etc/group");
  return { user: lookUp(users), group: lookUp(groups) };
};

const lookUp =
  (numbers: ReadonlyMap<string, number>) =>
  (name: string | number | undefined): number | undefined =>
    typeof name === "string" ? numbers.get(name) : name;

/** The name is the first field of both, and the number the third. */
const numbersIn = async (root: string, path: string): Promise<Map<string, number>> => {
  const text = await textAt(root, path);
  const numbers = new Map([["root", 0]]);
  for (const line of text.split("\n").toReversed()) {
    const [name = "", , number = ""] = line.split(":");
    if (/^\d+$/.test(number)) numbers.set(name, Number(number));
  }
  return numbers;
};

const textAt = async (root: string, path: string): Promise<string> => {
  try {
    return (await databaseText(await databasePlace(root, path))) ?? "";
  } catch (error) {
    if (error instanceof DatabaseProblem) return "";
    throw error;
  }
};
