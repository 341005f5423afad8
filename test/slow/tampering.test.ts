import { createHash } from "node:crypto";
import { copyFile, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unpackInventory } from "../../core/inventory/document.ts";
import type { Verification } from "../../core/inventory/verify.ts";
import { Verdict } from "../../core/policy/verdict.ts";
import { leftBehind } from "../support/left-behind.ts";
import { type OsvServer, osvServer } from "../support/osv-server.ts";
import { ovenbird, type Ran } from "../support/ovenbird.ts";
import { stockOrigin } from "../support/stock-origin.ts";
import { tamper, tamperedDisk, type Tampering } from "../support/tampered-disk.ts";
import { type Kitchen, openKitchen, type WholeBake } from "../support/whole-bakes.ts";

/*
 * A real Debian is baked and published under the default policy. Then somebody changes its disk by
 * hand, in one way after the other, and children are baked from it by the command: of a copy as a
 * stock disk, and of the image itself, changed where it lies. Two things are stood in for: QEMU,
 * which reports a machine that booted, as what is tested here comes before; and OSV, which knows of
 * no vulnerabilities, so that a clean image has nothing against it.
 */

let kitchen: Kitchen;
let osv: OsvServer;
/** The published disk of the parent, and a copy that stays as it is. */
let disk: string;
let pristine: string;

const scratch = { scratch: { distribution: "debian", suite: "trixie", packages: ["libcap2-bin"] } };
const image = { root_volume_size: 2 };
const configure = [{ name: "work", shell: "echo done > /opt/done" }];
/** Milliseconds: Debian is fetched and installed while others have the processors, too. */
const patience = 1_200_000;

beforeAll(async () => {
  kitchen = await openKitchen();
  osv = await osvServer([]);
  kitchen.env["OVENBIRD_VULNERABILITIES"] = osv.url;
  const parent = await kitchen.bake({ name: "parent", origin: scratch, image, patience });
  if (parent.status !== 0) throw new Error(parent.printed);
  const { stdout } = await command(["show", "parent", "--json"]);
  disk = (JSON.parse(stdout) as { path: string }).path;
  pristine = await tamperedDisk(disk, join(kitchen.folder, "pristine.raw"), {});
});
afterAll(async () => {
  await osv[Symbol.asyncDispose]();
  await kitchen[Symbol.asyncDispose]();
});

const command = (parameters: string[]): Promise<Ran> =>
  ovenbird([...parameters, "--state", kitchen.state], kitchen.env);

/** What the policy said of an image, or of the image of a bake that was rejected. */
const verdictOf = async (imageOrBake: string): Promise<Verdict> =>
  Verdict.parse(JSON.parse((await command(["check", imageOrBake, "--json"])).stdout));

/** What rules have against an image, and which of them reject it. */
const failing = ({ rules }: Verdict, mode?: "enforce"): Record<string, string[]> =>
  Object.fromEntries(
    rules
      .filter((one) => one.status !== "pass" && (mode === undefined || one.mode === mode))
      .map(({ rule, evidence }) => [rule, evidence.map(({ of }) => of)]),
  );

/** What a bake that the policy rejected was told, and what is kept of it. */
const rejection = async ({ status, stderr, printed }: WholeBake) => {
  expect(status, printed).toBe(4);
  expect(stderr).toMatch(/error: the image was baked and fails .* of the provenance policy:/);
  const [, bake = ""] = /ovenbird check (\S+)/.exec(stderr) ?? [];
  const page = await command(["check", bake]);
  expect(page.status, page.stderr).toBe(4);
  expect(await leftBehind(kitchen.state)).toEqual([]);
  const enforced = failing(await verdictOf(bake), "enforce");
  return { said: stderr, page: page.stdout, enforced };
};

/** Somebody's change of the disk in the state directory, until the scope ends. */
const changed = async (tampering: Tampering): Promise<AsyncDisposable> => {
  await tamper(disk, tampering);
  return {
    async [Symbol.asyncDispose]() {
      await tamperedDisk(pristine, `${disk}.restored`, {});
      await rename(`${disk}.restored`, disk);
    },
  };
};

/** What `ovenbird verify` names of the image: paths, and parts of its disk. */
const verified = async () => {
  const { status, stdout } = await command(["verify", "parent", "--json"]);
  const { files, regions } = JSON.parse(stdout) as Verification;
  const paths = [...files.changed, ...files.added, ...files.removed].map(({ path }) => path);
  return { status, differs: [...regions.map(({ name }) => name), ...paths] };
};

const bakeChild = (origin: Record<string, string>, name = "child", options: string[] = []) =>
  kitchen.bake({ name, origin, configure, options, patience });

describe("when nobody touched it", () => {
  test("an image verifies, and nothing is against it", async () => {
    expect(await verified()).toEqual({ status: 0, differs: [] });
    const verdict = await verdictOf("parent");
    expect(failing(verdict)).toEqual({});
    expect(verdict.passed).toBe(true);
  });

  test("nothing is against its children: of a copy as a stock disk, or of the image", async () => {
    for (const [name, origin] of [
      ["of-file", await stockOrigin(pristine)],
      ["of-image", { recipe: "parent" }],
    ] as const) {
      const { status, printed } = await bakeChild(origin, name);
      expect(status, printed).toBe(0);
      expect(failing(await verdictOf(name))).toEqual({});
    }
  });
});

interface Change {
  /** Lines of bash in the disk's root file system. */
  commands?: string;
  /** Bytes of the disk of which a bit is flipped. */
  bits?: () => Promise<number>;
  /** The rule that finds it in the image alone, and what it names; absent where none does. */
  found?: readonly [rule: string, of: string];
  /** Paths and parts of the disk that are not as they were baked. */
  paths: readonly string[];
}

const flip = (path: string) =>
  `BYTE=$(xxd -s 4000 -l 1 -p ${path}); printf "\\x$(printf %02x $((0x$BYTE ^ 1)))" |
    dd of=${path} bs=1 seek=4000 conv=notrunc 2> /dev/null`;

/** What an image itself tells of, whoever made it. */
const loud: Record<string, Change> = {
  "a byte in a package's file": {
    commands: flip("usr/bin/tac"),
    found: ["tampered", "/usr/bin/tac"],
    paths: ["/usr/bin/tac"],
  },
  "a byte in a package's file, and its md5sums removed": {
    commands: `${flip("usr/bin/hostname")}
      rm var/lib/dpkg/info/hostname.md5sums`,
    found: ["tampered", "/var/lib/dpkg/info/hostname.md5sums"],
    paths: ["/usr/bin/hostname", "/var/lib/dpkg/info/hostname.md5sums"],
  },
  "setcap on an interpreter": {
    commands: "setcap cap_setuid+ep usr/bin/mawk",
    found: ["capabilities", "/usr/bin/mawk"],
    paths: ["/usr/bin/mawk"],
  },
  "a setuid binary": {
    commands: "cp bin/true usr/local/bin/helper; chmod 4755 usr/local/bin/helper",
    found: ["setuid", "/usr/local/bin/helper"],
    paths: ["/usr/local/bin/helper"],
  },
  "an unsigned repository": {
    commands: "echo 'deb [trusted=yes] http://example.org/x ./' > etc/apt/sources.list.d/x.list",
    found: ["repositories", "http://example.org/x"],
    paths: ["/etc/apt/sources.list.d/x.list"],
  },
  "a private key": {
    commands: "openssl genpkey -algorithm ed25519 -out srv/service.pem",
    found: ["secrets", "/srv/service.pem"],
    paths: ["/srv/service.pem"],
  },
  "a password in /etc/shadow": {
    commands: `sed -i "s|^root:[^:]*:|root:$(openssl passwd -6 horse):|" etc/shadow`,
    found: ["secrets", "/etc/shadow"],
    paths: ["/etc/shadow"],
  },
};

const sums = "var/lib/dpkg/info/coreutils.md5sums";
const loader = "/boot/efi/EFI/BOOT/BOOTX64.EFI";

/** What is found by a comparison with what was baked, or not at all. */
const silent: Record<string, Change> = {
  "a byte in a package's file, and its line in md5sums": {
    commands: `${flip("usr/bin/tac")}
      SUM=$(md5sum usr/bin/tac | cut -c -32)
      sed -i "s|^.*  usr/bin/tac$|$SUM  usr/bin/tac|" ${sums}`,
    found: ["tampered", `/${sums}`],
    paths: ["/usr/bin/tac", `/${sums}`],
  },
  "a key in authorized_keys": {
    commands: `mkdir -m 700 -p root/.ssh; ssh-keygen -q -t ed25519 -N '' -C x -f "$ROOT.key"
      mv "$ROOT.key.pub" root/.ssh/authorized_keys; rm "$ROOT.key"`,
    found: ["authorized_keys", "/root/.ssh/authorized_keys"],
    paths: ["/root/.ssh/authorized_keys"],
  },
  "another day in /etc/shadow": {
    commands: `sed -i -E 's|^(root:[^:]*):[0-9]*:|\\1:1:|' etc/shadow`,
    paths: ["/etc/shadow"],
  },
  "a byte in the boot sector": { bits: async () => 10, paths: ["boot-sector"] },
  "a byte of a file in the ESP": { bits: () => insideLoader(), paths: ["esp", loader] },
};

const esp = async () => {
  const packed = await readFile(join(dirname(disk), "inventory.json.gz"));
  const found = unpackInventory(packed).regions?.find(({ name }) => name === "esp");
  if (found === undefined) throw new Error("the parent has no ESP");
  return found;
};

/** A byte of GRUB's configuration, which is in its image on the ESP. */
const insideLoader = async (): Promise<number> => {
  const { offset, size } = await esp();
  await using file = await open(pristine, "r");
  const { buffer } = await file.read(Buffer.alloc(size), 0, size, offset);
  const at = buffer.indexOf("search.fs_uuid");
  if (at === -1) throw new Error(`${loader} is not GRUB's`);
  return offset + at + 3;
};

/** Several changes as one. */
const allOf = async (changes: readonly Change[]): Promise<Tampering> => ({
  commands: changes.map(({ commands = "" }) => commands).join("\n"),
  bits: await Promise.all(changes.flatMap(({ bits }) => (bits === undefined ? [] : [bits()]))),
});

type Rejection = Awaited<ReturnType<typeof rejection>>;

/* All of a kind are on one disk: every rule names its own, and each of them is enough. */

describe("a stock disk that somebody changed before its digest was told", () => {
  let told: Rejection;

  beforeAll(async () => {
    const tampering = await allOf(Object.values(loud));
    const file = await tamperedDisk(pristine, join(kitchen.folder, "changed.raw"), tampering);
    told = await rejection(await bakeChild(await stockOrigin(file)));
  });

  test.each(Object.entries(loud))("is no origin, by %s", (_, { found: [rule, of] = ["", ""] }) => {
    expect(told.enforced[rule]).toContain(of);
    expect(told.said).toMatch(new RegExp(`^${rule}: `, "m"));
    expect(told.page).toMatch(new RegExp(`^FAIL +${rule} `, "m"));
    expect(told.page).toContain(of);
  });

  test("has nothing else against it", () => {
    const found = Object.values(loud).flatMap((one) => one.found ?? []);
    expect(
      new Set([...Object.keys(told.enforced), ...Object.values(told.enforced).flat()]),
    ).toEqual(new Set(found));
  });
});

describe.each([
  ["what it shows", loud],
  ["what it does not show", silent],
] as const)("a published image that somebody changed, in %s", (_, changes) => {
  const all = Object.values(changes);
  let seen: Awaited<ReturnType<typeof verified>>;
  let told: Rejection;

  beforeAll(async () => {
    await using _ = await changed(await allOf(all));
    seen = await verified();
    told = await rejection(await bakeChild({ recipe: "parent" }));
  });

  test.each(Object.entries(changes))("verifies no more, by %s", (__, { paths }) => {
    expect(seen.status).toBe(4);
    expect(seen.differs).toEqual(expect.arrayContaining([...paths]));
  });

  test.each(Object.entries(changes))("is no parent, by %s", (__, { paths, found }) => {
    expect(told.enforced["parent_disk"]).toEqual(expect.arrayContaining([...paths]));
    for (const path of paths) expect(told.page).toMatch(new RegExp(`${path} of img-.* not as it`));
    if (found !== undefined) expect(told.enforced[found[0]]).toContain(found[1]);
  });

  test("has nothing else that differs", () => {
    const paths = all.flatMap((one) => one.paths).toSorted();
    expect(seen.differs.toSorted()).toEqual(paths);
    expect(told.enforced["parent_disk"]?.toSorted()).toEqual(paths);
    expect(told.said).toMatch(/^parent_disk: \S+ of img-\w+ is not as it was baked: /m);
  });
});

describe("a stock disk that somebody changed in what it does not show", () => {
  let file: string;

  beforeAll(async () => {
    const tampering = await allOf(Object.values(silent));
    file = await tamperedDisk(pristine, join(kitchen.folder, "changed.raw"), tampering);
  });

  test("is refused before anything is made, with its digest to compare", async () => {
    const { digest } = await stockOrigin(file);
    const { status, stderr } = await bakeChild({ file });
    expect(status).toBe(1);
    expect(stderr).toMatch(/pinned: the recipe does not say which digest changed\.raw has/);
    expect(stderr).toContain(`digest: ${digest}`);
    expect(await leftBehind(kitchen.state)).toEqual([]);
  });

  test("is refused by the digest that its publisher tells, before anything is made", async () => {
    const digest = `sha256:${createHash("sha256").update("another").digest("hex")}`;
    const { status, stderr } = await bakeChild({ file, digest });
    expect(status).toBe(1);
    expect(stderr).toMatch(/changed\.raw has the digest sha256:\w+, and the recipe wants sha256:/);
    expect(await leftBehind(kitchen.state)).toEqual([]);
  });

  test("is not seen where the operator waives it; a key lets nobody in: it is removed before the first step", async () => {
    const name = "raw-waived";
    const waived = `waivers: [{ rule: pinned, of: [changed.raw], reason: ours, expires: 2999-12-31 }]`;
    const { status, printed, look } = await bakeUnder(name, waived, { file });
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/^policy +passed.*; waived pinned$/m);
    expect(failing(await verdictOf(name))).toEqual({ pinned: ["changed.raw"] });
    expect(await look('ls -A "$ROOT/root/.ssh"')).toBe("");
  });
});

test("an inventory that was changed to fit the disk is found by what was signed", async () => {
  const path = join(dirname(disk), "inventory.json.gz");
  await copyFile(path, `${path}.kept`);
  const packed = await readFile(path);
  packed[4] = (packed[4] ?? 0) ^ 1; // the time in gzip's header: the text stays what it is
  await writeFile(path, packed);
  const { status, stderr } = await bakeChild({ recipe: "parent" });
  await rename(`${path}.kept`, path);
  expect(status).toBe(1);
  expect(stderr).toMatch(/the inventory of img-\w+ is another than the one that was signed/);
  expect(await leftBehind(kitchen.state)).toEqual([]);
});

const denied = "packages: { denied: [perl-base]";
const waiver = (expires: string) =>
  `waivers: [{ rule: packages, of: [perl-base], reason: It stays., expires: ${expires} }]`;

const bakeUnder = async (
  name: string,
  provenance: string,
  origin: Record<string, string> = { recipe: "parent" },
) => {
  const policy = join(kitchen.folder, "policy.yaml");
  await writeFile(policy, `policy: { provenance: { ${provenance} } }\n`);
  const options = ["--policy", policy];
  return bakeChild(origin, name, options);
};

describe("a policy of the operator's", () => {
  test("that denies a package rejects its image, and says why to whoever listens", async () => {
    const told = await rejection(await bakeUnder("denied", `${denied} }`));
    expect(told.enforced).toEqual({ packages: ["perl-base"] });
    expect(told.said).toMatch(/^packages: perl-base \S+ is denied/m);
    expect((await command(["show", "denied"])).status).toBe(5);
    const [, bake = ""] = /ovenbird check (\S+)/.exec(told.said) ?? [];
    const log = await readFile(join(kitchen.state, "logs", `${bake}.jsonl`), "utf8");
    expect(JSON.parse(log.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      ...{ event: "bake-finished", status: "rejected", error: "ProvenanceFailed" },
      message: expect.stringContaining("packages: perl-base"),
    });
  });

  test("that only reports it publishes the image, and tells", async () => {
    const { status, printed } = await bakeUnder("reported", `${denied}, mode: report }`);
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/^policy +passed.*; fails packages$/m);
    expect((await command(["show", "reported"])).stdout).toMatch(/policy +passed.*fails packages/);
  });

  test("waives until the day of a waiver is past", async () => {
    const told = await rejection(await bakeUnder("late", `${denied} }, ${waiver("2020-01-31")}`));
    expect(told.said).toMatch(/the waiver "It stays\." expired on 2020-01-31/);
    const { status, printed } = await bakeUnder("waived", `${denied} }, ${waiver("2999-12-31")}`);
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/^policy +passed.*; waived packages$/m);
  });
});
