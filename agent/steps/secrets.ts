import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepContext } from "./step-context.ts";

/** The sandbox's folder of secrets, a file each. */
export const secretsFolder = "/run/secrets";

/** Shows a step the secrets, on a tmpfs, until the scope ends. */
export const placeSecrets = async ({
  secrets,
  runFolder,
}: Pick<StepContext, "secrets" | "runFolder">) => {
  await using scope = new AsyncDisposableStack();
  const { path } = scope.use(await newFolder(join(runFolder, "secrets")));
  for (const [name, value] of Object.entries(secrets)) {
    await writeFile(join(path, name), value, { mode: 0o400 });
  }
  const held = scope.move();
  return { path, [Symbol.asyncDispose]: () => held.disposeAsync() };
};

/** A folder for one step. Steps may leave anything under its name, a link out of the image too. */
export const newFolder = async (path: string) => {
  const remove = () => rm(path, { recursive: true, force: true });
  await remove();
  await mkdir(path, { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: remove };
};
