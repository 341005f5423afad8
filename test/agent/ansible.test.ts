import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type AgentEnd, runAgent, shell } from "../support/agent-run.ts";
import { ansible, playbooks } from "../support/ansible-steps.ts";
import { addPython } from "../support/python-tree.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Ansible tells of values in JSON, where this looks otherwise. */
const secret = 'tell"no\\one';

const changed = "find / -xdev -newer /run/mark -type f | grep -v ^/tmp/ | sort";

const steps = [
  shell("touch /run/mark; sleep 1", { name: "mark" }),
  ansible("roles", {
    groups: ["appserver"],
    extraVars: { greeting: "hello", token: "{{ lookup('file', '/run/secrets/TOKEN') }}" },
    skipTags: ["unwanted"],
  }),
  shell(changed, { name: "changed" }),
  shell("cat /etc/hello /etc/token; echo; stat -c %a /etc/hello", { name: "made" }),
  ansible("hostile"),
  shell("cat /run/found", { name: "found" }),
  { ...shell("", { name: "limits" }), inline: undefined, script: "ansible/limits.sh" },
  ansible("a role", { playbook: undefined, role: "by-name", groups: ["by-name"] }),
  shell("cat /run/by-name", { name: "by name" }),
  ansible("failing"),
];

describe("ansible steps", () => {
  let end: AgentEnd;
  beforeAll(async () => {
    await using folder = await temporaryFolder();
    await using server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    end = await runAgent({
      ...{ folder: folder.path, steps, bundle: playbooks, prepare: addPython },
      secrets: { TOKEN: secret },
      parameters: { FOLDER: folder.path, PORT: String(port) },
    });
  }, 240_000); // a minute while others bake
  const found = () => JSON.parse(end.output("found")) as Record<string, string>;
  const printed = (step: string) => end.output(step).split("\n");

  test("apply roles, templates, handlers, variables of groups and of the step", () => {
    expect(printed("made")).toEqual([
      "hello from the group, by Python 3",
      "the handler ran",
      "***",
      "640",
    ]);
  });

  test("leave in the image what the playbook says, and nothing else", () => {
    expect(printed("changed")).toEqual(["/etc/hello", "/etc/token"]);
  });

  test("tell what Ansible tells, without colours and secrets", () => {
    expect(printed("roles")).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^TASK \[greeter : template\] \*+$/),
        "changed: [image]",
        '    "msg": "the token is ***"',
        expect.stringMatching(/^image +: ok=5 +changed=3 .* failed=0/),
      ]),
    );
    expect(JSON.stringify(end.events)).not.toContain("\\u001b");
  });

  test("show Ansible its folder and the image, and of this machine nothing", () => {
    const reached = "its folder\nthe image";
    expect(found()).toMatchObject({ by_lookup: reached, by_delegation: reached });
    expect(end.output("hostile")).toMatch(/Destination \/etc not writable/);
    expect(end.output("hostile")).not.toContain("root:");
  });

  test("run Ansible and its modules within the limits of every step", () => {
    const limits = end.output("limits");
    expect(limits.split("\n")).toEqual(
      expect.arrayContaining(["NoNewPrivs:\t1", "Seccomp:\t2", "localhost"]),
    );
    expect(found()).toMatchObject({ limits, limits_of_module: limits });
  });

  test("can be a role by its name, with the variables of its group", () => {
    expect(end.output("by name")).toBe("its variables ['by-name']");
  });

  test("fail with the task that failed and its message, without secrets", () => {
    expect(end.error?.name).toBe("StepFailed");
    expect(end.error?.message).toMatch(
      /^step 10 "failing": task "Ask for what cannot be" failed: it says \*\*\*; its last lines:\n/,
    );
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) {
      expect(end.error?.message).not.toContain(form);
    }
  });
});

/** Enough where no module runs. */
const emptyPython = async (image: string): Promise<void> => {
  await mkdir(join(image, "usr/bin"), { recursive: true });
  await writeFile(join(image, "usr/bin/python3"), "");
};

test.each([
  [
    "no play is for the image",
    { prepare: emptyPython, steps: [ansible("roles", { groups: ["database"] })] },
    'step 1 "roles": nothing was done: no play has hosts: with one of all, image, database; groups: puts the image in a group',
  ],
  [
    "the playbook cannot be read",
    { prepare: emptyPython, steps: [ansible("broken")] },
    /^step 1 "broken": Ansible refused the playbook: .*\n/,
  ],
  [
    "the image has no Python",
    { steps: [ansible("roles")] },
    'step 1 "roles": the image has no python3, which Ansible\'s modules need: install it by a packages step before this one',
  ],
])("an ansible step fails when %s", async (_title, more, message) => {
  await using folder = await temporaryFolder();
  const bundle = { ...playbooks, "ansible/broken.yaml": "- hosts: [\n" };
  const { error } = await runAgent({ folder: folder.path, bundle, ...more });
  expect(error?.name).toBe("StepFailed");
  expect(error?.message).toMatch(message);
});
