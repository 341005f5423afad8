import { access, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { StepFailed } from "../../core/errors.ts";
import type { AnsibleStep } from "../../core/step.ts";
import { hasProgram } from "../has-program.ts";
import { controllerRoot } from "../sandbox/controller-root.ts";
import { ansibleEnvironment, ansibleOptions, writeOrders } from "./ansible/orders.ts";
import { listenToAnsible } from "./ansible/output.ts";
import type { InStep, StepContext } from "./step-context.ts";
import { placeSecrets, secretsFolder } from "./secrets.ts";

/** The controller's names of the recipe's folder, and of the files made for it. */
const recipeFolder = "/recipe";
const orders = "/run/ovenbird";

/**
 * Runs a playbook by this machine's Ansible. Its modules run in the image, by chroot and with the
 * image's own Python; Ansible itself runs in the same sandbox, with a root in which nothing of this
 * machine is but programs: what a playbook does locally, or looks up, is not to be trusted either.
 */
export const runPlaybook = async (
  context: StepContext,
  step: AnsibleStep,
  inStep: InStep,
): Promise<void> => {
  await checkPrograms(context);
  await using scope = new AsyncDisposableStack();
  const folder = await mkdtemp(join(context.scratch, "ansible-"));
  scope.defer(() => rm(folder, { recursive: true }));
  const secrets = scope.use(await placeSecrets(context));
  const shown = join(recipeFolder, step.folder);
  const made = await writeOrders({ folder: join(folder, "orders"), step, context, shown });
  const around = await controllerRoot({
    folder: join(folder, "etc"),
    resolvConf: (await context.network.open()).resolvConf,
    shows: {
      [shown]: join(context.job.bundle, step.folder),
      [orders]: made,
      [secretsFolder]: secrets.path,
    },
  });
  const heard = listenToAnsible();
  await inStep(["ansible-playbook", ...ansibleOptions(step, { shown, orders })], {
    ...{ around, workingDirectory: shown, onLine: heard.onLine, failure: heard.failure },
    env: { ...context.job.recipe.parameters, ...(await ansibleEnvironment(context.sandbox.root)) },
  });
  if (!heard.reachedImage()) throw new StepFailed(nothingDone(step));
};

/** Ansible itself finds it a success that no play is for the image. */
const nothingDone = ({ groups, tags, skipTags }: AnsibleStep): string => {
  const places = ["all", "image", ...groups].join(", ");
  const chosen = tags.length + skipTags.length === 0 ? "" : ", or none of its tasks has such tags";
  return `nothing was done: no play has hosts: with one of ${places}${chosen}; groups: puts the image in a group`;
};

const checkPrograms = async ({ sandbox: { root } }: StepContext): Promise<void> => {
  const found = await Promise.allSettled(
    ["/usr/bin", "/usr/local/bin"].map((path) => access(`${path}/ansible-playbook`)),
  );
  if (found.every(({ status }) => status === "rejected")) {
    throw new StepFailed("this machine has no /usr/bin/ansible-playbook: install ansible on it");
  }
  if (await hasProgram(root, "python3")) return;
  throw new StepFailed(
    "the image has no python3, which Ansible's modules need: install it by a packages step before this one",
  );
};
