import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftBehind } from "../support/left-behind.ts";
import { lookInside } from "../support/look-inside.ts";
import { eventsOf, ovenbird, type Ran } from "../support/ovenbird.ts";

const recipe = `
image:
  name: kept
  root_volume_size: 3
  origin: { scratch: { distribution: debian, suite: trixie } }
  configure:
    - packages: [jq]
    - name: trip
      shell: jq --version > /half; jq no such filter
`;

describe("a Debian whose step failed, kept", () => {
  let state: string;
  let ran: Ran;
  let id: string;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "ovenbird-kept-"));
    await writeFile(join(state, "kept.yaml"), recipe);
    const where = ["--state", state, "--json"];
    ran = await ovenbird(["bake", join(state, "kept.yaml"), "--keep-builder", ...where]);
    id = eventsOf(ran)[0]?.bake ?? "";
  });
  afterAll(() => rm(state, { recursive: true, force: true }));

  const shell = (command: string) =>
    ovenbird(["shell", "kept", "--state", state, "--", "sh", "-ec", command]);

  test("is there as the step left it", async () => {
    expect(ran.status, ran.stderr).toBe(1);
    expect(eventsOf(ran).at(-1)).toMatchObject({ error: "StepFailed" });
    const { status, stdout } = await shell("cat /half; jq --version");
    const [made, now] = stdout.split("\n");
    expect({ status, made }).toEqual({ status: 0, made: now });
  });

  test("installs packages in a shell, as its steps did, and has them in the next", async () => {
    const install = "apt-get update --quiet=2 && apt-get install --yes --quiet=2 tree";
    const { status, stderr } = await shell(`{ ${install}; } > /dev/null`);
    expect(status, stderr).toBe(0);
    expect((await shell("tree --version; dpkg --audit")).stdout).toMatch(/^tree v/);
  });

  test("has nothing of ours on its disk when no shell is open", async () => {
    const builder = join(state, "bakes", id, "builder");
    const disk = (await readdir(builder)).find((name) => name.endsWith(".raw")) ?? "";
    const look = `find "$ROOT" -xdev -name '*ovenbird*'; ls "$ROOT/usr/sbin/policy-rc.d" || echo none`;
    expect(await lookInside(join(builder, disk), look)).toBe("none\n");
  });

  test("leaves nothing when it is released", async () => {
    expect((await ovenbird(["release", "kept", "--state", state])).status).toBe(0);
    expect(await leftBehind(state)).toEqual([]);
  });
});
