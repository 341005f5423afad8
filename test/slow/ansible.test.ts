import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftBehind } from "../support/left-behind.ts";
import { eventsOf, ovenbird, type Ran } from "../support/ovenbird.ts";

const recipes = ["ansible", "debian-base"].map((name) =>
  join(import.meta.dirname, `../../recipes/${name}.yaml`),
);

describe("recipes/ansible.yaml and its parent recipes/debian-base.yaml", () => {
  let state: string;
  let ran: Ran;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "ovenbird-ansible-"));
    ran = await ovenbird(["bake", ...recipes, "--state", state, "--json"]);
  });
  afterAll(() => rm(state, { recursive: true, force: true }));

  test("are baked, the parent first, and boot", () => {
    expect(ran.status, ran.stderr + ran.stdout.slice(-3000)).toBe(0);
    const published = eventsOf(ran).filter(
      (event) => event.event === "bake-finished" && event.status === "published",
    );
    expect(published).toHaveLength(2);
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
