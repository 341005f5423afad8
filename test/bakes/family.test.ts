import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftBehind } from "../support/left-behind.ts";
import { eventsOf, ovenbird, type Ran } from "../support/ovenbird.ts";

const recipes = ["web-app", "ansible", "debian-base"].map((name) =>
  join(import.meta.dirname, `../../recipes/${name}.yaml`),
);

describe("recipes/web-app.yaml, recipes/ansible.yaml and their parent recipes/debian-base.yaml", () => {
  let state: string;
  let ran: Ran;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "ovenbird-family-"));
    ran = await ovenbird(["bake", ...recipes, "--state", state, "--json"]);
  });
  afterAll(() => rm(state, { recursive: true, force: true }));

  test("are baked, the parent first, and boot", () => {
    expect(ran.status, ran.stderr + ran.stdout.slice(-3000)).toBe(0);
    const finished = eventsOf(ran).flatMap((event) =>
      event.event === "bake-finished"
        ? [`${event.bake.replace(/-[0-9a-f]{16}-\d+$/, "")} ${event.status}`]
        : [],
    );
    expect(finished[0]).toBe("debian-base published");
    expect(finished.slice(1).toSorted()).toEqual(["ansible published", "web-app published"]);
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

  test("the playbook's handler is told that nothing runs, and the playbook goes on", () => {
    const said = eventsOf(ran).flatMap((event) =>
      event.event === "step-output" && event.step === "ansible: ansible/playbook.yaml"
        ? [event.text]
        : [],
    );
    expect(said).toContainEqual(
      expect.stringMatching(/^RUNNING HANDLER \[appserver : Restart nginx\]/),
    );
    expect(said).toContainEqual(expect.stringMatching(/^image +: ok=9 .* failed=0 /));
  });

  test("nothing else is left", async () => {
    expect(await leftBehind(state)).toEqual([]);
  });
});
