import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BakeEvent } from "../../core/bake-event.ts";
import { Image } from "../../core/image.ts";
import { inventoryFile, unpackInventory } from "../../core/inventory/document.ts";
import { killedBakes } from "../support/killed-bakes.ts";
import { leftBehind } from "../support/left-behind.ts";
import { checkRootFileSystem, lookInside } from "../support/look-inside.ts";
import { eventsOf, ovenbird, type Ran } from "../support/ovenbird.ts";

const recipe = join(import.meta.dirname, "../../recipes/debian-web.yaml");

const inventoryOf = async (disk: string) =>
  unpackInventory(await readFile(join(dirname(disk), inventoryFile)));

describe("recipes/debian-web.yaml", () => {
  let state: string;
  let ran: Ran;
  let events: BakeEvent[];
  let image: Image;
  let disk: string;
  let judged: { verdict: { passed: boolean }; treeDigest: string };

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), "ovenbird-web-"));
    const greeting = "Good morning";
    ran = await ovenbird([
      ...["bake", recipe, "--state", state, "--json", "--set", `GREETING=${greeting}`],
    ]);
    events = eventsOf(ran);
    if (ran.status !== 0) throw new Error(ran.stderr + ran.stdout.slice(-3000));
    const shown = await ovenbird(["show", "debian-web", "--json", "--state", state]);
    const { path, verdict, treeDigest, ...record } = JSON.parse(shown.stdout) as {
      path: string;
      verdict: { passed: boolean };
      treeDigest: string;
    };
    judged = { verdict, treeDigest };
    image = Image.parse(record);
    disk = path;
  });
  afterAll(() => rm(state, { recursive: true, force: true }));

  test("is baked, booted, tested and published", () => {
    expect(events.at(-1)).toMatchObject({ event: "bake-finished", status: "published" });
    expect(events).toContainEqual(
      expect.objectContaining({
        ...{ event: "step-finished", step: "nginx serves the page", status: "succeeded" },
      }),
    );
  });

  test("satisfies the default policy, and its file tree has a digest", () => {
    expect(judged.verdict.passed).toBe(true);
    expect(judged.treeDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("has the packages in its inventory that dpkg-query finds in it, all of them in all versions", async () => {
    const { packages, databases } = await inventoryOf(disk);
    const fields = ["Package", "Version", "Architecture", "source:Package", "source:Version"];
    const format = `${fields.map((field) => `\${${field}}`).join(" ")}\\n`;
    const said = await lookInside(
      disk,
      `chroot "$ROOT" dpkg-query --show --showformat='\${db:Status-Status} ${format}'`,
    );
    const installed = said
      .trimEnd()
      .split("\n")
      .filter((line) => !/^(?:not-installed|config-files) /.test(line));
    const found = packages.map(({ state, name, version, architecture, source }) =>
      [state ?? "installed", name, version, architecture, source?.name, source?.version].join(" "),
    );
    expect(found.toSorted()).toEqual(installed.toSorted());
    expect(found.length).toBeGreaterThan(100);
    expect(databases).toEqual([
      { kind: "dpkg", path: "/var/lib/dpkg/status", packages: found.length },
    ]);
  });

  test("names the repository of each package, and the key that signed its list", async () => {
    const { packages, lists, keys } = await inventoryOf(disk);
    const strangers = packages.filter(({ repository }) => repository === undefined);
    expect(strangers.map(({ name }) => name)).toEqual([]);
    const trusted = keys?.map(({ fingerprint }) => fingerprint);
    for (const { repository, signer, because } of lists ?? []) {
      expect(trusted, `${repository}: ${because}`).toContain(signer);
    }
    const counted = (lists ?? []).reduce((sum, one) => sum + one.packages, 0);
    expect(counted).toBe(packages.length);
  });

  test("goes through the states of the state machine in their order", () => {
    const entered = events.flatMap((event) =>
      event.event === "state-entered" ? [event.state] : [],
    );
    expect(entered).toEqual([
      ...[
        "ReadRecipe",
        "ResolveOrigin",
        "ProvisionBuilder",
        "RunAgent",
        "CreateSnapshot",
        "AwaitSnapshot",
      ],
      ...[
        "ReleaseBuilder",
        "RegisterImage",
        "CheckProvenance",
        "TestImage",
        "PublishImage",
        "ReleaseBake",
      ],
    ]);
  });

  test("leaves nothing but the image", async () => {
    expect(await leftBehind(state)).toEqual([]);
    expect(await readdir(join(state, "logs"))).toEqual([]);
  });

  test("has the page with the parameter in it, nginx enabled, and a clean file system", async () => {
    const seen = await lookInside(
      disk,
      `cat "$ROOT/var/www/html/index.html"
       readlink "$ROOT/etc/systemd/system/multi-user.target.wants/nginx.service"`,
    );
    expect(seen).toContain("<h1>Good morning</h1>");
    expect(seen).toContain("nginx.service");
    await checkRootFileSystem(disk);
  });

  test("holds nothing of the machine it was baked on", async () => {
    const seen = await lookInside(
      disk,
      `cd "$ROOT"
       echo "machine-id:$(cat etc/machine-id | wc -c)"
       echo "hostname:$(cat etc/hostname)"
       echo "resolver:$(readlink etc/resolv.conf)"
       echo "left:$(ls usr/sbin/policy-rc.d etc/*.ovenbird-original usr/sbin/*.ovenbird-original 2>/dev/null | tr '\\n' ' ')"
       echo "packages:$(ls var/cache/apt/archives | grep -c deb)"
       echo "lists:$(find var/lib/apt/lists -type f ! -name lock | wc -l)"
       echo "temporary:$(ls -A tmp var/tmp run | grep -v -e ':$' -e '^$' | tr '\\n' ' ')"
`,
    );
    expect(seen.split("\n")).toEqual(
      expect.arrayContaining([
        "machine-id:0",
        "hostname:localhost",
        "resolver:../run/systemd/resolve/stub-resolv.conf",
        "left:",
        "packages:0",
        "lists:0",
      ]),
    );
  });

  test("is recorded as what the agent found, and is a sparse file", async () => {
    expect(image).toMatchObject({
      ...{ name: "debian-web", state: "published", rootVolumeSize: 4, tags: { role: "web" } },
      disk: { bootMode: "uefi-preferred", fileSystem: "ext4", architecture: "x86_64" },
    });
    expect(image.disk.operatingSystem).toMatch(/Debian/);
    expect(image.disk.kernel).toMatch(/^vmlinuz-/);
    const { size, blocks } = await stat(disk);
    expect(size).toBe(4 * 1024 ** 3);
    expect(blocks * 512).toBeLessThan(1024 ** 3);
  });

  // before their boot tests, which only take time; test/slow kills those, too
  test("is untouched by bakes that are killed, which leave nothing", async () => {
    await killedBakes({ state, disk, moments: 2, within: 20_000 });
  });

  test("is listed, and gone when it is removed", async () => {
    const listed = await ovenbird(["images", "--json", "--state", state]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ imageId: image.imageId }]);
    const removed = await ovenbird(["rm", image.imageId, "--state", state]);
    expect(removed.status).toBe(0);
    expect(await readdir(join(state, "images"))).toEqual([]);
    expect(await readdir(join(state, "snapshots"))).toEqual([]);
  });
});
