import { readdir } from "node:fs/promises";
import { StepFailed } from "../../core/errors.ts";
import type { PackagesStep } from "../../core/step.ts";
import { inside } from "../inside.ts";
import { type PackageManager, packageManagerOf, packageManagers } from "../package-managers.ts";
import { sourceDate } from "../reproducible.ts";
import type { InStep, StepContext } from "./step-context.ts";

/** Upgrades, then removes, then installs packages by the image's own package manager. */
export const changePackages = async (
  { sandbox, lists }: StepContext,
  step: PackagesStep,
  inStep: InStep,
): Promise<void> => {
  const changes: InStep = (argv) => inStep(argv, { env: sourceDate });
  const manager = await packageManagerOf(sandbox.root);
  if (manager === undefined) {
    const known = packageManagers.map(({ program }) => program).join(", ");
    throw new StepFailed(`the image has no package manager we know (${known})`);
  }
  if (await needsLists(sandbox.root, manager, step)) {
    await lists?.seed();
    await inStep(manager.refresh ?? []);
    lists?.readAhead();
  }
  if (step.upgrade) await changes(manager.upgrade);
  if (step.remove.length > 0) await changes(manager.remove(step.remove));
  if (step.install.length > 0) await changes(manager.install(step.install));
};

/** Lists are fetched once a bake: they lie on a tmpfs, so what is there is this bake's. */
const needsLists = async (
  root: string,
  manager: PackageManager,
  step: PackagesStep,
): Promise<boolean> => {
  if (manager.refresh === undefined) return false;
  if (!step.upgrade && step.install.length === 0) return false;
  const folder = await inside(root, manager.caches.at(-1) ?? "/");
  return (await readdir(folder).catch(() => [])).length === 0;
};
