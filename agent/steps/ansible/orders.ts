import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnsibleStep } from "../../../core/step.ts";
import { hasProgram } from "../../has-program.ts";
import { imageAt } from "../../sandbox.ts";
import type { StepContext } from "../step-context.ts";

/** The image's name in the inventory. */
export const host = "image";

const files = { inventory: "inventory.json", variables: "variables.json", play: "play" };

/** The playbook of a role, in a folder of links to what the role's folder has. */
const playOfRole = "server-role.json";

interface Orders {
  folder: string;
  step: AnsibleStep;
  context: StepContext;
  /** The controller's name of the folder it sees. */
  shown: string;
}

/** Writes what Ansible is told into a folder, and answers the folder. */
export const writeOrders = async ({ folder, step, context, shown }: Orders): Promise<string> => {
  await mkdir(folder);
  await writeJson(join(folder, files.inventory), inventoryOf(step));
  await writeJson(join(folder, files.variables), step.extraVars);
  if (step.role === undefined) return folder;
  const play = join(folder, files.play);
  await mkdir(play);
  // Ansible looks for group_vars, files and more beside the playbook
  for (const name of await readdir(join(context.job.bundle, step.folder))) {
    if (name !== playOfRole) await symlink(join(shown, name), join(play, name));
  }
  await writeJson(join(play, playOfRole), [{ name: step.role, hosts: "all", roles: [step.role] }]);
  return folder;
};

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, JSON.stringify(value));

const inventoryOf = ({ groups }: AnsibleStep) => ({
  all: {
    hosts: { [host]: connection },
    children: Object.fromEntries(groups.map((group) => [group, { hosts: { [host]: null } }])),
  },
});

/** As whom and how Ansible works on the image; before what a playbook or ansible.cfg says. */
const connection = {
  ansible_connection: "community.general.chroot",
  ansible_host: imageAt,
  ansible_user: "root", // so that `become: true` changes nothing
  ansible_python_interpreter: "auto_silent",
};

/** The options for ansible-playbook. `orders` is the controller's name of what was written. */
export const ansibleOptions = (
  { playbook = "", role, tags, skipTags, verbosity }: AnsibleStep,
  { shown, orders }: { shown: string; orders: string },
): string[] => [
  ...["--inventory", join(orders, files.inventory)],
  ...["--extra-vars", `@${join(orders, files.variables)}`],
  ...(tags.length === 0 ? [] : ["--tags", tags.join(",")]),
  ...(skipTags.length === 0 ? [] : ["--skip-tags", skipTags.join(",")]),
  ...(verbosity === 0 ? [] : [`-${"v".repeat(verbosity)}`]),
  role === undefined ? join(shown, playbook) : join(orders, files.play, playOfRole),
];

/**
 * Settings, before those of an ansible.cfg beside the playbook: what the agent reads, and what
 * modules write down in the image while they work, in folders that are on a tmpfs.
 */
export const ansibleEnvironment = async (root: string): Promise<Record<string, string>> => ({
  ANSIBLE_STDOUT_CALLBACK: "default",
  ANSIBLE_NOCOLOR: "1",
  ANSIBLE_FORCE_COLOR: "0",
  ANSIBLE_NOCOWS: "1",
  ANSIBLE_INVENTORY_ENABLED: "yaml",
  // a role's name may have a hyphen, and its group has that name
  ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS: "ignore",
  ANSIBLE_RETRY_FILES_ENABLED: "0",
  ANSIBLE_LOCAL_TEMP: "/tmp/ansible",
  ANSIBLE_REMOTE_TEMP: "/tmp/.ansible",
  ANSIBLE_ASYNC_DIR: "/tmp/.ansible_async",
  // one program a task in place of five, and no file for most
  ANSIBLE_PIPELINING: "1",
  // no Python of the image keeps what it compiled for a module
  PYTHONDONTWRITEBYTECODE: "1",
  // what a small image lacks
  ANSIBLE_BECOME_METHOD: (await hasProgram(root, "sudo")) ? "sudo" : "su",
});
