import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leftBehind } from "../support/left-behind.ts";
import { eventsOf, ovenbird, type Ran } from "../support/ovenbird.ts";

/** The last step fails, so that nothing need be booted: what the first bake kept is kept. */
const recipe = (last: string) => `image:
  name: kept-steps
  root_volume_size: 2
  origin: { scratch: { distribution: debian, suite: trixie } }
  configure:
    - name: install
      packages: [nginx-light]
    - name: work # that makes the disk worth a copy, however fast packages are installed
      shell: { inline: sleep 15, cache: true }
    - name: last
      shell: ${JSON.stringify(last)}
`;

let state: string;

const bake = async (last: string, ...more: string[]): Promise<Ran> => {
  await writeFile(join(state, "recipe.yaml"), recipe(last));
  return ovenbird(["bake", join(state, "recipe.yaml"), "--state", state, "--json", ...more]);
};

/** How a step of a bake ended. */
const endOf = (ran: Ran, step: string): string | undefined =>
  eventsOf(ran)
    .flatMap((event) =>
      event.event === "step-finished" && event.step === step ? [event.status] : [],
    )
    .at(0);

const outputOf = (ran: Ran, step: string): string =>
  eventsOf(ran)
    .flatMap((event) => (event.event === "step-output" && event.step === step ? [event.text] : []))
    .join("\n");

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "ovenbird-kept-steps-"));
  const first = await bake("dpkg --status nginx-light && exit 1");
  if (endOf(first, "install") !== "succeeded") throw new Error(first.stdout.slice(-2000));
});
afterAll(() => rm(state, { recursive: true, force: true }));

const resumed = "Resume from the step cache";

test("a Debian is not installed again when only the last step changed", async () => {
  const again = await bake("dpkg --status nginx-light && exit 2");
  expect(outputOf(again, resumed)).toContain("the disk is as it was after step 2");
  expect(endOf(again, "Install debian trixie")).toBeUndefined();
  expect(endOf(again, "install")).toBe("skipped");
  expect(endOf(again, "work")).toBe("skipped");
  expect(outputOf(again, "last")).toContain("Status: install ok installed");
  expect(await leftBehind(state)).toEqual([]);
});

test("with --no-cache it is", async () => {
  const again = await bake("exit 3", "--no-cache");
  expect(endOf(again, "Install debian trixie")).toBe("succeeded");
  expect(endOf(again, "install")).toBe("succeeded");
});

test("it is installed again when a repository says something else than it did", async () => {
  const steps = join(state, "steps");
  for (const key of await readdir(steps)) {
    const path = join(steps, key, "kept.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll(/sha256:.{8}/g, "sha256:00000000"));
  }
  const again = await bake("exit 4");
  expect(outputOf(again, resumed)).toContain("InRelease has changed since after step 2");
  expect(endOf(again, "Install debian trixie")).toBe("succeeded");
});
