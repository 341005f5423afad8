import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BakeJob } from "../../../core/job.ts";
import { unpackInventory } from "../../../core/inventory/document.ts";
import { KeptDisk } from "../../../core/step-cache.ts";
import { type AgentEnd, runAgent, shell } from "../../support/agent-run.ts";
import { someBake } from "../../support/local-state.ts";
import { checkRootFileSystem, lookInside } from "../../support/look-inside.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

type StepCache = NonNullable<BakeJob["stepCache"]>;

const cacheIn = (folder: string, more: Partial<StepCache> = {}): StepCache => ({
  ...{ kept: [], folder: join(folder, "steps"), most: 9, ...more },
});

/** Steps that take long enough for their disks to be worth a copy. */
const slow = (name: string, script: string) => shell(`sleep 1\n${script}`, { name, cache: true });

const keptIn = async (folder: string) => {
  const path = join(folder, "steps");
  const names = await readdir(path).catch(() => []);
  return names.filter((name) => name.endsWith(".raw")).toSorted();
};

let folder: TemporaryFolder;
let parent: AgentEnd;

beforeAll(async () => {
  folder = await temporaryFolder();
  parent = await runAgent({ folder: folder.path, steps: [shell("echo parent > /made")] });
});
afterAll(() => folder[Symbol.asyncDispose]());

const bake = someBake();

const resumedIn = async (of: TemporaryFolder) =>
  unpackInventory(await readFile(join(of.path, "inventory.json.gz"))).resumed;

const isKept = ({ output }: AgentEnd, name: string) => output(`Keep the disk after ${name}`);

describe("a bake whose last step fails", () => {
  let own: TemporaryFolder;
  let failed: AgentEnd;

  beforeAll(async () => {
    own = await temporaryFolder();
    const steps = [
      slow("first", "echo first >> /made; test -e /etc/resolv.conf"),
      slow("second", "echo second >> /made"),
      shell("exit 1", { name: "last" }),
    ];
    const stepCache = cacheIn(own.path, { most: 2 });
    failed = await runAgent({ folder: own.path, from: parent.disk, steps, stepCache });
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test("keeps the disk as it was after each step before", async () => {
    expect(failed.error?.message).toContain("last");
    expect(await keptIn(own.path)).toEqual(["1.raw", "2.raw"]);
    const one = join(own.path, "steps/1.raw");
    expect(await lookInside(one, 'cat "$ROOT/made"')).toBe("parent\nfirst\n");
    await checkRootFileSystem(one, "ext4");
  });

  test("keeps it without what is in the image only while steps run", async () => {
    const look = 'cd "$ROOT"; ls -lA --time-style=+ usr/sbin etc run tmp';
    const seen = await lookInside(join(own.path, "steps/2.raw"), look);
    expect(seen).toContain("resolv.conf");
    expect(seen).toBe(await lookInside(parent.disk, look));
  });

  test("is resumed after the most steps that fit, and does the rest", async () => {
    const record = KeptDisk.parse(
      JSON.parse(await readFile(join(own.path, "steps/2.json"), "utf8")),
    );
    expect(record).toMatchObject({ steps: 2, repositories: [] });
    expect(record.seconds).toBeGreaterThan(2);
    await using again = await temporaryFolder();
    const resumed = await runAgent({
      ...{ folder: again.path, from: parent.disk },
      steps: [
        slow("first", "exit 9"),
        slow("second", "exit 9"),
        shell("cat /made", { name: "last" }),
      ],
      stepCache: cacheIn(again.path, {
        kept: [{ ...record, disk: join(own.path, "steps/2.raw") }],
      }),
    });
    expect(resumed.error).toBeUndefined();
    expect(resumed.output("last")).toBe("parent\nfirst\nsecond");
    expect(await resumedIn(again)).toEqual({ steps: 2, bake: record.bake });
    const skipped = resumed.events.flatMap((event) =>
      event.event === "step-finished" && event.status === "skipped" ? [event.step] : [],
    );
    expect(skipped).toEqual(["first", "second"]);
    expect(resumed.facts).toEqual(parent.facts);
    await checkRootFileSystem(resumed.disk, "ext4");
  });

  test("begins anew when what was kept is gone by then", async () => {
    await using again = await temporaryFolder();
    const kept = [
      { steps: 2, bake, repositories: [], seconds: 4, disk: join(again.path, "gone.raw") },
    ];
    const steps = [shell("cat /made", { name: "first" }), shell("true", { name: "second" })];
    const stepCache = cacheIn(again.path, { kept });
    const fresh = await runAgent({ folder: again.path, from: parent.disk, steps, stepCache });
    expect(fresh.error).toBeUndefined();
    expect(fresh.output("first")).toBe("parent");
    expect(fresh.output("Resume from the step cache")).toContain("every step must run");
    expect(await resumedIn(again)).toBeNull();
  });
});

test("a disk is not kept when it lacks what a step left in a temporary folder; the bake goes on", async () => {
  await using own = await temporaryFolder();
  const steps = [slow("first", "echo x > /tmp/left"), shell("cat /tmp/left", { name: "second" })];
  const order = { folder: own.path, from: parent.disk, steps, stepCache: cacheIn(own.path) };
  const baked = await runAgent(order);
  expect(baked.error).toBeUndefined();
  expect(isKept(baked, "first")).toContain('"/tmp/left"');
  expect(await keptIn(own.path)).toEqual([]);
});

test("a bake goes on where nothing can be kept", async () => {
  await using own = await temporaryFolder();
  const steps = [slow("first", ":"), shell("echo reached", { name: "second" })];
  const stepCache = cacheIn(own.path, { folder: join(own.path, "job.json/steps") });
  const baked = await runAgent({ folder: own.path, from: parent.disk, steps, stepCache });
  expect(baked.error).toBeUndefined();
  expect(isKept(baked, "first")).toContain("not kept: Error: ENOTDIR");
  expect(baked.output("second")).toBe("reached");
});

test("beyond the steps that have a key no disk is kept, and without a cache none", async () => {
  await using own = await temporaryFolder();
  const steps = [slow("first", ":"), shell("true")];
  const stepCache = cacheIn(own.path, { most: 0 });
  const baked = await runAgent({ folder: own.path, from: parent.disk, steps, stepCache });
  expect(baked.error).toBeUndefined();
  expect(await keptIn(own.path)).toEqual([]);
});

describe("what was installed from repositories", () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end("as it was"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/InRelease`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("is installed anew when they cannot be asked from where steps are: this machine's services are not reached", async () => {
    await using own = await temporaryFolder();
    const digest = `sha256:${createHash("sha256").update("as it was").digest("hex")}`;
    const repositories = [{ url, digest }];
    const kept = [{ steps: 1, bake, repositories, seconds: 9, disk: parent.disk }];
    const steps = [shell("echo anew", { name: "first" }), shell("true", { name: "second" })];
    const stepCache = cacheIn(own.path, { kept });
    const baked = await runAgent({ folder: own.path, from: parent.disk, steps, stepCache });
    expect(baked.error).toBeUndefined();
    expect(baked.output("Resume from the step cache")).toContain("could not be read");
    expect(baked.output("first")).toBe("anew");
  });
});
