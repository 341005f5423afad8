import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BakeEvent } from "../../core/bake-event.ts";
import { leftBehind } from "../support/left-behind.ts";
import { eventsOf, ovenbird, type Ran } from "../support/ovenbird.ts";

const recipes = ["web-app", "debian-base"].map((name) =>
  join(import.meta.dirname, `../../recipes/${name}.yaml`),
);

let state: string;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "ovenbird-family-"));
});
afterAll(() => rm(state, { recursive: true, force: true }));

describe("recipes/web-app.yaml and its parent recipes/debian-base.yaml", () => {
  let ran: Ran;

  beforeAll(async () => {
    ran = await ovenbird(["bake", ...recipes, "--state", state, "--json"]);
  });

  test("are baked, the parent first, and boot", () => {
    expect(ran.status, ran.stderr + ran.stdout.slice(-3000)).toBe(0);
    const finished = eventsOf(ran).flatMap((event) =>
      event.event === "bake-finished"
        ? [`${event.bake.replace(/-[0-9a-f]{16}-\d+$/, "")} ${event.status}`]
        : [],
    );
    expect(finished).toEqual(["debian-base published", "web-app published"]);
  });

  test("the parent has EC2's drivers in its initramfs", () => {
    expect(eventsOf(ran)).toContainEqual(
      expect.objectContaining({
        ...{ event: "step-finished", status: "succeeded" },
        step: "the initramfs finds EC2's disks and network",
      }),
    );
  });

  test("the child descends from the parent, and differs from it by what its steps did", async () => {
    const { stdout: line } = await ovenbird(["lineage", "web-app", "--state", state]);
    expect(line).toMatch(
      /^debian trixie, from scratch\n└─ debian-base {2}img-\S+\n {3}└─ web-app /,
    );
    const { stdout } = await ovenbird([
      "diff",
      "debian-base",
      "web-app",
      "--state",
      state,
      "--json",
    ]);
    const { packages, files } = JSON.parse(stdout) as {
      packages: { added: { name: string }[]; removed: unknown[] };
      files: { added: { path: string }[] };
    };
    expect(packages.added.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["curl", "nginx-light"]),
    );
    expect(packages.removed).toEqual([]);
    expect(files.added.map(({ path }) => path)).toContain("/srv/app/greeting.txt");
  });

  test("nothing else is left", async () => {
    expect(await leftBehind(state)).toEqual([]);
  });
});

/** Steps that a bake must survive, then tests that the image must not pass. */
const rude = `
image:
  name: rude
  origin: { recipe: web-app }
  parameters:
    TOKEN: { type: secret, from: { file: token } }
  configure:
    - name: leave daemons
      shell: |
        nginx
        sleep infinity &
        setsid sh -c 'trap "" HUP TERM; sleep infinity' > /dev/null 2>&1 &
        echo started
    - name: print a gigabyte
      shell: yes 'a line that is long enough to be read' | head -c 1000000000
    - name: mount something
      shell: "mount -t tmpfs none /mnt || mount --bind /etc /mnt || echo refused"
    - name: use the secret
      shell: test "$(cat /run/secrets/TOKEN)" = correct-horse && cat /run/secrets/TOKEN
  tests:
    - name: no daemon of a step is in the image's life
      command: "! systemctl is-active nginx-that-is-not-there"
    - name: this one fails
      command: echo what it said; exit 3
    - name: this one hangs
      command: sleep infinity
      timeout: 5s
`;

describe("an image that its tests do not pass", () => {
  let ran: Ran;
  let events: BakeEvent[];

  beforeAll(async () => {
    await writeFile(join(state, "rude.yaml"), rude);
    await writeFile(join(state, "token"), "correct-horse\n");
    ran = await ovenbird(["bake", join(state, "rude.yaml"), "--state", state, "--json"]);
    events = eventsOf(ran);
  });

  test("is rejected under TestsFailed, with exit status 4", () => {
    expect(events.at(-1)).toMatchObject({ status: "rejected", error: "TestsFailed" });
    expect(ran.status).toBe(4);
  });

  test("is told with every test that failed, and what it printed", () => {
    const message = JSON.stringify(events.at(-1));
    expect(message).toContain('the test \\"this one fails\\" ended with status 3:\\nwhat it said');
    expect(message).toContain('the test \\"this one hangs\\" did not end in 5 s');
    expect(message).not.toContain("no daemon of a step");
  });

  test("got past steps that left daemons, printed a gigabyte and tried to mount", () => {
    const ended = events.filter(({ event }) => event === "step-finished");
    for (const step of ["leave daemons", "print a gigabyte", "mount something", "use the secret"]) {
      expect(ended).toContainEqual(expect.objectContaining({ step, status: "succeeded" }));
    }
    const printed = events.filter(
      (event) => event.event === "step-output" && event.step === "print a gigabyte",
    );
    expect(JSON.stringify(printed.at(-1))).toContain("more characters, not shown");
    expect(events).toContainEqual(expect.objectContaining({ text: "refused" }));
  });

  test("is removed with all that the bake made; its log is kept, without the secret", async () => {
    expect(await leftBehind(state)).toEqual([]);
    const { stdout } = await ovenbird(["images", "--json", "--state", state]);
    expect(stdout).not.toContain("rude");
    const logs = await readdir(join(state, "logs"));
    const log = logs.find((name) => name.endsWith(".jsonl")) ?? "";
    const page = logs.find((name) => name.endsWith(".report.html")) ?? "";
    expect(await readFile(join(state, "logs", page), "utf8")).not.toContain("correct-horse");
    const kept = await readFile(join(state, "logs", log), "utf8");
    expect(kept).toContain("this one fails");
    expect(kept).toContain("***");
    expect(kept).not.toContain("correct-horse");
    expect(ran.stdout).not.toContain("correct-horse");
  });
});
