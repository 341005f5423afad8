import { describe, expect, test } from "vitest";
import { listenToAnsible } from "../../../../agent/steps/ansible/output.ts";

const heard = (...lines: string[]) => {
  const listener = listenToAnsible();
  lines.forEach(listener.onLine);
  return listener;
};

const task = (name: string) => `TASK [${name}] ${"*".repeat(20)}`;
const fatal = (msg: string) => `fatal: [image]: FAILED! => ${JSON.stringify({ rc: 1, msg })}`;

const recap = (host: string) => `${host}                      : ok=1    changed=0    failed=0`;

describe("of what Ansible prints", () => {
  test("the task that failed last is told, with its message as it was", () => {
    const { failure } = heard(
      ...[task("one"), fatal("ignored"), "...ignoring", task("role : two [x]")],
      fatal('no "such"\nthing'),
    );
    expect(failure()).toBe('task "role : two [x]" failed: no "such"\nthing');
  });

  test("a handler and an item of a loop are tasks, too", () => {
    expect(heard("RUNNING HANDLER [restart] ***", fatal("no")).failure()).toMatch(
      /^task "restart"/,
    );
    const item = 'failed: [image] (item=a => {b}) => {"msg": "no item"}';
    expect(heard(task("loop"), item).failure()).toMatch(/^task "loop" failed/);
  });

  test("a failure that was ignored is none", () => {
    expect(heard(task("one"), fatal("no"), "...ignoring").failure()).toBeUndefined();
  });

  test("a failure without a message, or with one in no right form, is told with its task", () => {
    const censored = 'fatal: [image]: FAILED! => {"censored": "hidden", "changed": false}';
    expect(heard(task("quiet"), censored).failure()).toBe('task "quiet" failed');
    const wrong = 'fatal: [image]: FAILED! => {"msg": "a\tb\\x"}';
    expect(heard(task("odd"), wrong).failure()).toBe('task "odd" failed: "a\tb\\x"');
  });

  test.each(["ERROR! no such role", "[ERROR]: no such role"])("%s is told", (line) => {
    expect(heard(line).failure()).toBe("Ansible refused the playbook: no such role");
  });

  test("only a recap with the image in it says that a task was for the image", () => {
    expect(heard("PLAY RECAP ***", recap("localhost")).reachedImage()).toBe(false);
    expect(heard("PLAY RECAP ***", recap("image")).reachedImage()).toBe(true);
    expect(heard("skipping: no hosts matched").reachedImage()).toBe(false);
  });
});
