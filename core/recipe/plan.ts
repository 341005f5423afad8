import type { Step, UserEntry } from "../step.ts";
import { playbookWork, roleWork } from "./ansible.ts";
import { seconds } from "./duration.ts";
import { STEP_KINDS, type StepKind, type WrittenStep } from "./steps.ts";
import { valueAt } from "./tree.ts";

type Named = { name: string; timeout: number; skipped: string | undefined };
type Body<K extends StepKind> = NonNullable<WrittenStep[K]>;

const shell = (named: Named, body: Body<"shell">): Step => {
  if (typeof body === "string") return shell(named, { ...NOTHING.shell, inline: body });
  const { inline, script, environment } = body;
  return {
    ...named,
    kind: "shell",
    inline: Array.isArray(inline) ? inline.join("\n") : inline,
    script,
    environment,
    workingDirectory: body.working_directory,
    allowedExitCodes: body.allowed_exit_codes,
    cache: body.cache,
  };
};

const packages = (named: Named, body: Body<"packages">): Step =>
  Array.isArray(body)
    ? { ...named, kind: "packages", install: body, remove: [], upgrade: false }
    : { ...named, kind: "packages", ...body };

const user = ({ ssh_authorized_keys, ...entry }: Body<"users">[number]): UserEntry => ({
  ...entry,
  sshAuthorizedKeys: ssh_authorized_keys,
});

/** The step as the agent gets it. */
export const planStep = (written: WrittenStep, name: string, skipped?: string): Step => {
  const named = { name, timeout: seconds(written.timeout), skipped };
  if (written.shell !== undefined) return shell(named, written.shell);
  if (written.packages) return packages(named, written.packages);
  if (written.files) return { ...named, kind: "files", files: written.files };
  if (written.services) return { ...named, kind: "services", ...written.services };
  if (written.users) return { ...named, kind: "users", users: written.users.map(user) };
  const work = written.ansible ? playbookWork(written.ansible) : roleWork(written);
  return { ...named, kind: "ansible", ...work };
};

const NOTHING = {
  shell: { environment: {}, working_directory: "/", allowed_exit_codes: [0], cache: false },
  packages: { install: [], remove: [], upgrade: false },
  files: [],
  services: { enable: [], disable: [], mask: [] },
  users: [],
  ansible: { playbook: "", groups: [], extra_vars: {}, tags: [], skip_tags: [], verbosity: 0 },
};

/** A step that is skipped, and could not run: parameters it does without are not given. */
export const emptyStep = (step: unknown): WrittenStep => {
  const isTool = valueAt(step, ["tool"]) !== undefined;
  const given = STEP_KINDS.find((key) => valueAt(step, [key]) !== undefined);
  const kind = given ?? (isTool ? "ansible" : "shell");
  const name = valueAt(step, ["name"]);
  const title = typeof name === "string" ? name : undefined;
  return { name: title, timeout: "30m", [kind]: kind === "shell" ? "" : NOTHING[kind] };
};

const SHOWN = 3;

const listed = (names: readonly string[]): string | undefined =>
  names.length === 0
    ? undefined
    : `: ${names.slice(0, SHOWN).join(", ")}${names.length > SHOWN ? ", …" : ""}`;

const kindOf = (written: WrittenStep): StepKind =>
  STEP_KINDS.find((kind) => written[kind] !== undefined) ?? "ansible";

const detail = (written: WrittenStep): string | undefined => {
  const { packages, files, services, users, shell, ansible, server_role } = written;
  if (Array.isArray(packages)) return listed(packages);
  if (packages) return listed([...packages.install, ...packages.remove]);
  if (files) return listed(files.map(({ path }) => path));
  if (services) return listed([...services.enable, ...services.disable, ...services.mask]);
  if (users) return listed(users.map(({ name }) => name));
  const code = ansible?.playbook ?? server_role;
  if (code) return `: ${code}`;
  return typeof shell === "object" && shell.script !== undefined ? `: ${shell.script}` : undefined;
};

/** What a step without a name is called: by what it does, else by its place among the steps. */
export const derivedName = (written: WrittenStep, index: number): string =>
  `${kindOf(written)}${detail(written) ?? ` ${index + 1}`}`;

/** The same names, told apart: progress and failures name a step by them. */
export const distinct = (names: readonly string[]): string[] => {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 2; taken.has(free); count += 1) free = `${name} (${count})`;
    taken.add(free);
    return free;
  });
};
