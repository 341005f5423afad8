import { describe, expect, test } from "vitest";
import type { Inventory } from "../../../core/inventory.ts";
import type { Facts } from "../../../core/policy/facts.ts";
import type { Ancestor } from "../../../core/origin.ts";
import { judgeImage } from "../../../core/policy/judge-image.ts";
import { failureText, judge } from "../../../core/policy/judge.ts";
import { BakeId } from "../../../core/ids.ts";
import { ruleNames } from "../../../core/policy/rules.ts";
import { Verdict, verdictText } from "../../../core/policy/verdict.ts";
import { cleanInventory, plainFile } from "../../support/clean-inventory.ts";
import { someBake } from "../../support/local-state.ts";
import { memoryInventories, someScanner } from "../../support/memory-ports.ts";
import {
  facts,
  finding,
  least,
  parent,
  policyOf,
  said,
  scratch,
  stock,
  stockDisk,
} from "./facts.ts";

const scanned = (...findings: ReturnType<typeof finding>[]): Partial<Facts> => ({
  scan: { scanner: someScanner, findings, unscanned: [] },
});

const exceptions = (expires: string) =>
  policyOf(`{exceptions: [{vulnerability: CVE-2026-1, reason: closed port, expires: ${expires}}]}`);

const from = (more: Parameters<typeof stock>[0]) => facts({}, { lineage: [stock(more), scratch] });

const child = (more: Partial<Facts>) => facts({}, { lineage: [parent, scratch], ...more });

const waived = (expires: string, of = "") =>
  policyOf(`{waivers: [{rule: secrets, ${of} reason: a test key, expires: ${expires}}]}`);

const run = (more: object) => ({
  checks: [{ name: "no gcc", command: "! command -v gcc", output: ["/usr/bin/gcc"], ...more }],
});

test("a clean image passes every rule", () => {
  const verdict = judge(least, facts());
  expect(verdict.rules.filter(({ status }) => status !== "pass")).toEqual([]);
  expect(verdict.rules.map(({ rule }) => rule)).toEqual(ruleNames);
  expect(verdict.passed).toBe(true);
});

test("a verdict survives its file, and the same facts have the same text", () => {
  const verdict = judge(least, facts());
  expect(Verdict.parse(JSON.parse(verdictText(verdict)))).toEqual(verdict);
  expect(verdictText(judge(least, facts()))).toBe(verdictText(verdict));
});

const file = (path: string, mode?: string) => ({
  files: [...cleanInventory().files, plainFile(path, mode)],
});

const secret = (kind: "private-key" | "authorized-key" | "password-hash", path: string) => ({
  secrets: [{ kind, path, line: 1, shown: "ssh-ed25519 SHA256:abc", shipped: false }],
});

const differing = (path: string, configuration = false) => ({
  owned: {
    unowned: [],
    differing: [{ path, package: "coreutils", differs: ["content" as const], configuration }],
  },
});

const repository = (more: object) => ({
  repositories: [
    {
      ...{ kind: "dpkg" as const, path: "/etc/apt/sources.list.d/x.list", line: 3, name: "x" },
      ...{ urls: ["http://example.org/x"], enabled: true, signatures: true, keys: [] },
      ...more,
    },
  ],
});

const unsigned = { signatures: false, because: "[trusted=yes]" };

/** What somebody adds, the rule that it breaks by default, and what is told. */
const attacks: [string, Partial<Inventory>, string, RegExp][] = [
  [
    "a byte in a package's file",
    differing("/usr/bin/ls"),
    "tampered",
    /\/usr\/bin\/ls of coreutils/,
  ],
  ["a setuid program", file("/usr/local/bin/x", "4755"), "setuid", /\/usr\/local\/bin\/x \(4755\)/],
  [
    "a usual program's name without its package",
    { ...file("/usr/bin/sudo", "4755"), owned: { unowned: ["/usr/bin/sudo"], differing: [] } },
    "setuid",
    /of no package/,
  ],
  ["an interpreter made setuid", file("/usr/bin/python3.13", "4755"), "setuid", /python3\.13/],
  [
    "capabilities of an interpreter",
    { files: [{ ...plainFile("/usr/bin/perl"), capabilities: "cap_setuid+ep" }] },
    "capabilities",
    /perl has the capabilities cap_setuid\+ep/,
  ],
  ["an unsigned repository", repository(unsigned), "repositories", /x\.list:3: .*\[trusted=yes\]/],
  [
    "a key in authorized_keys",
    secret("authorized-key", "/root/.ssh/authorized_keys"),
    "authorized_keys",
    /authorized_keys:1 holds a key that lets/,
  ],
  ["a private key", secret("private-key", "/srv/key"), "secrets", /\/srv\/key:1 holds a private/],
  ["a password", secret("password-hash", "/etc/shadow"), "secrets", /shadow:1 holds a password's/],
  [
    "a file that all may write",
    file("/etc/cron.d/x", "0666"),
    "world_writable",
    /cron\.d\/x \(0666\)/,
  ],
  [
    "a kernel module",
    { modules: [{ path: "/lib/modules/6/x.ko", kernel: "6" }] },
    "kernel_modules",
    /x\.ko was not built with the kernel 6; it is unsigned/,
  ],
  [
    "an rpm that nobody signed",
    { packages: [{ kind: "rpm", name: "evil", version: "1-1", vouched: "database" }] },
    "signed_packages",
    /no key of the image's signed evil 1-1/,
  ],
  [
    "a telnet server",
    { packages: [{ kind: "dpkg", name: "telnetd", version: "1" }] },
    "packages",
    /telnetd 1 is denied/,
  ],
  [
    "a package database that cannot be read whole",
    { databases: [{ kind: "rpm", path: "/db", packages: 1, problem: "it is cut off" }] },
    "readable",
    /\/db: it is cut off/,
  ],
  [
    "a file that cannot be read",
    { unread: [{ path: "/x", reason: "it is too large" }] },
    "readable",
    /\/x: it is too large/,
  ],
];

test.each(attacks)("%s is found and blocks by default", (_, inventory, rule, says) => {
  const verdict = judge(least, facts(inventory));
  expect(verdict.passed).toBe(false);
  expect(verdict.rules.filter(({ status }) => status === "fail")).toMatchObject([
    { rule, mode: "enforce", says: expect.stringMatching(says), remedy: expect.any(String) },
  ]);
  expect(failureText(verdict)).toMatch(says);
});

test.each<[string, Partial<Inventory>]>([
  ["changed configuration", differing("/etc/motd", true)],
  ["a disabled repository that is unsigned", repository({ ...unsigned, enabled: false })],
  [
    "a test key that a package ships",
    {
      secrets: [{ kind: "private-key", path: "/usr/share/doc/x", shown: "x", shipped: true }],
    },
  ],
  [
    "a rpm's key of the image's",
    {
      packages: [{ kind: "rpm", name: "gpg-pubkey", version: "1-1", vouched: "database" }],
    },
  ],
  [
    "/dev/null",
    {
      files: [
        {
          ...plainFile("/dev/null", "0666"),
          type: "character-device",
          major: 1,
          minor: 3,
        } as never,
      ],
    },
  ],
])("%s is nothing to complain of", (_, inventory) => {
  const failed = judge(least, facts(inventory)).rules.filter(({ status }) => status !== "pass");
  expect(failed).toEqual([]);
});

test("the digests of a package that stayed are told to be changed with its file", () => {
  const changed = cleanInventory();
  const path = "/var/lib/dpkg/info/libc6:amd64.md5sums";
  const files = changed.files.map((one) =>
    one.path === path && one.type === "file" ? { ...one, sha256: "2".repeat(64) } : one,
  );
  const child = { lineage: [parent, scratch], origin: cleanInventory() };
  const says = expect.stringContaining("the digests of libc6 were changed");
  expect(said("tampered", facts({ files }, child))).toMatchObject({ status: "fail", says });
  const packages = changed.packages.map((one) => ({ ...one, version: "2.42-1" }));
  expect(said("tampered", facts({ files, packages }, child)).status).toBe("pass");
});

test("what changed since a parent whose inventory is gone is not known, and what had none passes", () => {
  const gone = said("tampered", facts({}, { lineage: [parent, scratch] }));
  expect(gone).toMatchObject({
    ...{ status: "fail", evidence: [{ of: "img-00000000000000001" }] },
    says: expect.stringMatching(
      /^what changed since img-\w+ cannot be known, .*no inventory of it$/,
    ),
  });
  const more = facts(differing("/usr/bin/ls"), { lineage: [parent, scratch] });
  expect(said("tampered", more).evidence.map(({ of }) => of)).toEqual([
    ...["/usr/bin/ls", "img-00000000000000001"],
  ]);
  for (const origin of [scratch, stock(), { ...stockDisk, demanded: true }]) {
    expect(said("tampered", facts({}, { lineage: [origin] })).status).toBe("pass");
  }
});

const packageRules = ["packages", "licences", "tampered", "signed_packages"];

/** An image from which somebody removed what its package manager knows. */
const unknownPackages = { databases: [], packages: [] };

test("an image without a package database passes no rule about packages, and is not scanned", async () => {
  for (const about of [facts(unknownPackages), from({ public: true })]) {
    const inventory = { ...about.inventory, ...unknownPackages };
    for (const rule of packageRules) {
      const says = expect.stringContaining("no package database that can be read");
      expect(said(rule, { ...about, inventory })).toMatchObject({ status: "fail", says });
    }
    const { scan } = await hearingOf(inventory);
    expect(scan).toBeUndefined();
  }
});

test("an empty package database is none", () => {
  const databases = [{ kind: "dpkg" as const, path: "/var/lib/dpkg/status", packages: 0 }];
  expect(said("packages", facts({ databases, packages: [] })).status).toBe("fail");
});

test("a disk of files alone, which names no distribution, has no packages to look at", () => {
  const { distribution: _, ...inventory } = cleanInventory(unknownPackages);
  const about = { ...facts({}, { lineage: [stockDisk] }), inventory };
  for (const rule of packageRules) expect(said(rule, about).status).toBe("pass");
  expect(said("packages", { ...about, lineage: [scratch] }).status).toBe("fail");
});

test("a database that the parent had and that is gone is told, whatever there is instead", async () => {
  const one = {
    kind: "apk" as const,
    name: "musl",
    version: "1.2.5",
    vouched: "repository" as const,
  };
  const other = {
    databases: [{ kind: "apk" as const, path: "/lib/apk/db/installed", packages: 1 }],
    packages: [one],
  };
  const child = { lineage: [parent, scratch], origin: cleanInventory() };
  for (const rule of packageRules) {
    const says = expect.stringContaining("/var/lib/dpkg/status is gone or empty");
    expect(said(rule, facts(other, child))).toMatchObject({ status: "fail", says });
  }
  const { facts: known } = await hearingOf(cleanInventory(other), cleanInventory());
  expect(known.scan).toMatchObject({ impossible: expect.stringContaining("is gone or empty") });
  // rpm keeps its packages elsewhere since, and in another format
  const [before, after] = ["/var/lib/rpm/Packages", "/usr/lib/sysimage/rpm/rpmdb.sqlite"].map(
    (path) => cleanInventory({ databases: [{ kind: "rpm", path, packages: 1 }] }),
  );
  expect(said("packages", facts(after, { ...child, origin: before })).status).toBe("pass");
});

test("an image that says it is of two distributions is not scanned as either", async () => {
  const reason = "it says debian 99, and /usr/lib/os-release says debian 13";
  const problems = [{ section: "distribution", path: "/etc/os-release", reason }];
  const { facts: known } = await hearingOf(cleanInventory({ problems }));
  expect(known.scan).toEqual({ impossible: `/etc/os-release: ${reason}` });
});

/** All that is said of an image of Debian, or of a child of another. */
const hearingOf = (inventory: Inventory, origin?: Inventory) =>
  judgeImage(
    {
      inventories: {
        ...memoryInventories(inventory),
        ofImage: async () => origin && { inventory: origin, digest: "" },
      },
      vulnerabilities: {
        find: async () => ({ scanner: someScanner, findings: [], unscanned: [] }),
      },
      statementOf: async () => ({ verified: true, says: "it is" }),
    },
    { policy: least },
    {
      bake: someBake(),
      lineage: origin === undefined ? [scratch] : [parent, scratch],
      recipe: { steps: [], keys: [] },
    },
  );

const sections = [
  ...["owned", "repositories", "modules", "activity", "telemetry", "secrets"],
  ...["languagePackages", "digest"],
] as const;

test.each(sections)("without %s nothing that needs it passes", (section) => {
  const { [section]: _, ...rest } = cleanInventory();
  const about = { ...facts(), inventory: rest as Inventory };
  const failed = judge(least, about).rules.filter(({ status }) => status === "fail");
  expect(failed.length).toBeGreaterThan(0);
  for (const { says } of failed) expect(says).toMatch(/not looked for/);
});

test("a section of which something could not be read is not all there is", () => {
  const problems = [{ section: "repositories", path: "/etc/apt/x", reason: "it is no text" }];
  expect(said("repositories", facts({ problems }))).toMatchObject({
    ...{ status: "fail", says: "/etc/apt/x: it is no text" },
  });
});

describe("vulnerabilities", () => {
  test("that could not be looked for are never a pass", () => {
    const scan = { impossible: "the service is away" };
    for (const rule of ["vulnerabilities", "known_exploited"]) {
      expect(said(rule, facts({}, { scan }))).toMatchObject({
        ...{ status: "fail", says: expect.stringContaining("the service is away") },
      });
    }
  });

  test.each([
    ["high", "1.1", "fail"],
    ["critical", undefined, "pass"],
    ["medium", "1.1", "pass"],
    ["unknown", "1.1", "pass"],
  ] as const)("that are %s with the fix %s: %s", (level, fixed, status) => {
    const one = finding({ severity: { level } });
    const about = { ...one, exploited: false };
    delete about.fixed;
    const found = fixed === undefined ? about : { ...about, fixed };
    expect(said("vulnerabilities", facts({}, scanned(found))).status).toBe(status);
  });

  test("count from the severity that the policy says, fixable or not", () => {
    const policy = policyOf("{vulnerabilities: {fixable: any, unfixable: medium}}");
    const unrated = finding({ severity: { level: "unknown" } });
    const { fixed: _, ...open } = finding({ id: "CVE-2", severity: { level: "medium" } });
    const low = { ...open, id: "CVE-3", severity: { level: "low" as const } };
    const found = said("vulnerabilities", facts({}, scanned(unrated, open, low)), policy);
    expect(found.evidence.map(({ of }) => of)).toEqual(["CVE-2026-1", "CVE-2"]);
  });

  test("of one source are one, whatever was made from it; an older kernel is told to go", () => {
    const source = { name: "linux", version: "6.1.90-1" };
    const kernel = (name: string) =>
      finding({ package: { kind: "dpkg", name, version: "6.1.90-1", source } });
    const names = ["linux-headers", "linux-image-90", "linux-libc-dev", "linux-perf"];
    const other = finding({ id: "CVE-2", package: { kind: "npm", name: "oven", version: "1.0" } });
    const found = scanned(...names.map(kernel), kernel("linux-perf"), other);
    const verdict = said("vulnerabilities", facts({}, found));
    const made = "(linux-headers, linux-image-90, linux-libc-dev and 1 more)";
    expect(verdict.evidence.map(({ says }) => says)).toEqual([
      `CVE-2026-1 in linux 6.1.90-1 ${made}: high, fixed in 1.1`,
      "CVE-2 in oven 1.0: high, fixed in 1.1",
    ]);
    const installed = { kind: "dpkg", name: "linux-image-99", version: "6.1.99-1" } as const;
    const newer = { ...installed, source: { ...source, version: "6.1.99-1" } };
    const both = facts({ packages: [...cleanInventory().packages, newer] }, found);
    expect(said("vulnerabilities", both).evidence[0]?.says).toMatch(
      /fixed in 1\.1; 6\.1\.99-1 is installed beside it: remove this one$/,
    );
  });

  test("that are used in attacks block, whatever their severity", () => {
    const one = finding({ severity: { level: "low" }, exploited: true });
    expect(said("known_exploited", facts({}, scanned(one))).status).toBe("fail");
    const unknown = said("known_exploited", facts({}, scanned(finding())));
    expect(unknown.says).toMatch(/does not know which/);
  });

  test("with an exception are waived until its day is past", () => {
    const about = facts({}, scanned(finding({ exploited: false })));
    expect(said("vulnerabilities", about, exceptions("2026-06-15"))).toMatchObject({
      ...{ status: "waived", waived: [{ of: "CVE-2026-1", reason: "closed port" }] },
    });
    expect(said("vulnerabilities", about, exceptions("2026-06-14"))).toMatchObject({
      ...{ status: "fail", says: expect.stringMatching(/"closed port" expired on 2026-06-14/) },
    });
  });
});

describe("a stock image", () => {
  test.each([
    ["owners", { owner: "111122223333", ownerAlias: undefined }, /of 111122223333, which is none/],
    ["allowed_amis", { allowed: false }, /does not fit the account's Allowed AMIs/],
    ["deprecated", { deprecated: "2026-01-01T00:00:00.000Z" }, /deprecated by its owner since/],
    [
      "allowed_amis",
      { told: "never" },
      /was gone when it was used, and nobody noted before whether/,
    ],
    ["deprecated", { told: "never" }, /nobody noted before whether its owner advises against it/],
    ["allowed_amis", { told: "at copying", allowed: false }, /does not fit the account's Allowed/],
    ["origin_age", { created: "2024-01-01T00:00:00.000Z" }, /is 896 days old; 365 are allowed/],
  ] as const)("fails %s", (rule, more, says) => {
    expect(said(rule, from(more as never))).toMatchObject({
      ...{ status: "fail", says: expect.stringMatching(says) },
    });
    expect(said(rule, from({})).status).toBe("pass");
  });

  test.each(["allowed_amis", "deprecated"] as const)(
    "that is gone passes %s by what was noted when it was copied",
    (rule) => {
      expect(said(rule, from({ told: "at copying" })).status).toBe("pass");
    },
  );

  test("is of one's own account where the policy says self", () => {
    const own = { ...from({ owner: "1", ownerAlias: undefined }), account: "1" };
    expect(said("owners", own).status).toBe("fail");
    expect(said("owners", own, policyOf("{owners: {allowed: [self]}}")).status).toBe("pass");
  });

  test.each([
    ["{providers: {allowed: [aws-marketplace]}}", "providers", /the alias amazon for its owner/],
    ["{visibility: {wanted: private}}", "visibility", /is public/],
  ])("fails what the policy %s asks", (policy, rule, says) => {
    expect(said(rule, from({}), policyOf(policy)).says).toMatch(says);
  });
});

describe("a stock disk", () => {
  test("is pinned by a digest that the recipe says", () => {
    const lineage: Ancestor[] = [{ ...stockDisk, demanded: true }];
    expect(said("pinned", facts({}, { lineage }))).toMatchObject({
      ...{
        status: "pass",
        evidence: [{ of: "small.raw", says: expect.stringMatching(/as its recipe says$/) }],
      },
    });
  });

  test.each([[{ demanded: false }], [{}]])(
    "is not pinned by a digest that was only found: %j",
    (more) => {
      const verdict = judge(least, facts({}, { lineage: [{ ...stockDisk, ...more }] }));
      expect(verdict.passed).toBe(false);
      expect(verdict.rules.filter(({ status }) => status !== "pass")).toMatchObject([
        {
          ...{ rule: "pinned", mode: "enforce", evidence: [{ of: "small.raw" }] },
          says: expect.stringContaining(`small.raw has; it is ${stockDisk.digest}`),
          remedy: expect.stringMatching(/publisher tells, .*: digest: sha256:0{64}$/),
        },
      ]);
    },
  );

  test("is waived by its name", () => {
    const waiver = "rule: pinned, of: [small.*], reason: ours, expires: 2026-12-31";
    const about = facts({}, { lineage: [stockDisk] });
    expect(said("pinned", about, policyOf(`{waivers: [{${waiver}}]}`)).status).toBe("waived");
  });

  test("behind a parent counts no more: the parent's tree does", () => {
    const about = { lineage: [parent, stockDisk], origin: cleanInventory() };
    expect(said("pinned", facts({}, about)).status).toBe("pass");
  });
});

describe("a parent", () => {
  test("is pinned by the digest of its tree", () => {
    expect(said("pinned", child({ origin: cleanInventory() }))).toMatchObject({
      ...{ status: "pass", evidence: [{ says: expect.stringContaining("sha256:1111") }, {}] },
    });
    expect(said("pinned", child({}))).toMatchObject({ status: "fail" });
  });

  test("is pinned by what the image's own statement says of it, once it is gone", () => {
    const statement = { verified: true, says: "it is so", tree: "sha256:2222" };
    expect(said("pinned", child({ statement }))).toMatchObject({
      ...{ status: "pass", evidence: [{ says: expect.stringContaining("sha256:2222") }, {}] },
    });
    const origin = cleanInventory();
    const [{ says } = {}] = said("pinned", child({ origin, statement })).evidence;
    expect(says).toContain("sha256:1111");
  });

  test("has a statement that is verified, or that is told not to be", () => {
    const statement = (verified: boolean) => child({ statement: { verified, says: "it is so" } });
    expect(said("parent_statement", statement(true)).status).toBe("pass");
    expect(said("parent_statement", statement(false)).says).toBe("it is so");
    expect(said("parent_statement", child({})).says).toMatch(/was not verified/);
  });
});

const compared = (...changes: { of: string; what: string }[]) =>
  facts({ parent: { changes, more: 0 } }, { lineage: [parent, scratch] });

describe("a parent's disk", () => {
  const shadow = { of: "/etc/shadow", what: "content" };

  test("that is as it was baked passes, and one that nobody compared never does", () => {
    expect(said("parent_disk", compared())).toMatchObject({
      ...{ status: "pass", says: expect.stringMatching(/was as it was baked when this bake/) },
    });
    expect(said("parent_disk", child({}))).toMatchObject({
      ...{ status: "fail", says: expect.stringMatching(/nobody compared the disk of img-/) },
    });
  });

  test("that somebody changed blocks, with each path and part of the disk", () => {
    const verdict = judge(least, compared({ of: "boot-sector", what: "changed" }, shadow));
    expect(verdict.passed).toBe(false);
    const { evidence = [] } = verdict.rules.find(({ rule }) => rule === "parent_disk") ?? {};
    expect(evidence.map(({ of }) => of)).toEqual(["boot-sector", "/etc/shadow"]);
    expect(failureText(verdict)).toMatch(/parent_disk: boot-sector of img-\w+ is not as it was/);
    const allowed = policyOf("{parent_disk: {allowed: [/etc/*]}}");
    expect(said("parent_disk", compared(shadow), allowed).status).toBe("pass");
    const more = facts({ parent: { changes: [], more: 7 } }, { lineage: [parent, scratch] });
    expect(said("parent_disk", more).says).toMatch(/^7 more changes of img-/);
  });

  test("that nobody can change need not be compared", () => {
    const about = child({ unchangeable: "snapshots cannot be written to" });
    expect(said("parent_disk", about)).toMatchObject({
      ...{ status: "pass", says: "snapshots cannot be written to" },
    });
  });
});

const resumed = { steps: 2, bake: BakeId.parse("web-0123456789abcdef-1") };

describe("a disk of the step cache that a bake resumed from", () => {
  const denied = policyOf("{step_cache: {resume: denied}}");

  test("is told of, and allowed when nobody says otherwise", () => {
    expect(said("step_cache", facts({ resumed }))).toMatchObject({
      status: "pass",
      says: "it resumed from the disk that web-0123456789abcdef-1 kept after step 2",
    });
  });

  test("is refused where none may be resumed from, and a bake that did all itself passes", () => {
    expect(said("step_cache", facts({ resumed }), denied)).toMatchObject({
      ...{ status: "fail", says: expect.stringContaining("kept after step 2") },
    });
    expect(said("step_cache", facts({ resumed: null }), denied).status).toBe("pass");
  });

  test("is refused as well where nobody noted whether there was one", () => {
    expect(said("step_cache", facts(), denied).status).toBe("fail");
    expect(said("step_cache", facts()).status).toBe("pass");
  });
});

describe("what the policy asks", () => {
  test.each<[string, Partial<Inventory>, string]>([
    ["{packages: {denied: [libc*]}}", {}, "packages"],
    ["{licences: {denied: [GPL-2]}}", {}, "licences"],
    ["{size: {most: 1}}", { size: { files: 1, bytes: 0, used: 2 ** 31 } }, "size"],
    ["{repositories: {allowed: ['https://*']}}", {}, "repositories"],
    ["{required_steps: {names: [harden*]}}", {}, "required_steps"],
    ["{step_cache: {resume: denied}}", { resumed }, "step_cache"],
    [
      "{telemetry: {mode: enforce}}",
      {
        telemetry: [{ name: "popcon", path: "/x", active: true, remedy: "turn it off" }],
      },
      "telemetry",
    ],
    [
      "{services: {denied: [cups.*]}}",
      {
        activity: [{ kind: "service", name: "cups.service", path: "/x", enabled: true }],
      },
      "services",
    ],
  ])("%s is told when it is not so", (policy, inventory, rule) => {
    expect(said(rule, facts(inventory), policyOf(policy)).status).toBe("fail");
  });

  test("a key that the recipe gives a user lets in, and no other", () => {
    const found = secret("authorized-key", "/home/x/.ssh/authorized_keys");
    const recipe = { steps: [], keys: ["SHA256:abc"] };
    expect(said("authorized_keys", facts(found, { recipe })).status).toBe("pass");
  });
});

describe("a rule that is reported", () => {
  test("fails and rejects nothing", () => {
    const verdict = judge(
      policyOf("{secrets: {mode: report}}"),
      facts(secret("private-key", "/x")),
    );
    expect(verdict.passed).toBe(true);
    expect(verdict.rules.find(({ rule }) => rule === "secrets")?.status).toBe("fail");
  });
});

describe("a waiver", () => {
  const found = facts(secret("private-key", "/srv/key"));

  test("lets what it names stay, with its reason", () => {
    expect(said("secrets", found, waived("2026-06-15", "of: [/srv/*],"))).toMatchObject({
      ...{ status: "waived", evidence: [], waived: [{ of: "/srv/key", reason: "a test key" }] },
    });
  });

  test("that lets more stay than a verdict keeps says how many more", () => {
    const files = Array.from({ length: 23 }, (_, at) => plainFile(`/srv/all-${at}`, "0666"));
    const { waived: kept, moreWaived } = said(
      "world_writable",
      facts({ files }),
      policyOf("{waivers: [{rule: world_writable, reason: old, expires: 2026-12-31}]}"),
    );
    expect([kept.length, moreWaived]).toEqual([20, 3]);
    expect(said("secrets", found, waived("2026-06-15")).moreWaived).toBe(0);
  });

  test("that expired fails, and says so", () => {
    expect(said("secrets", found, waived("2026-06-14"))).toMatchObject({
      ...{ status: "fail", says: expect.stringMatching(/"a test key" expired on 2026-06-14/) },
    });
  });

  test("is for nothing else", () => {
    expect(said("secrets", found, waived("2026-12-31", "of: [/etc/*],")).status).toBe("fail");
  });
});

test("evidence is bounded, and says how much more there is", () => {
  const files = Array.from({ length: 5000 }, (_, at) => plainFile(`/x/${at}`, "0666"));
  const found = said("world_writable", facts({ files }));
  expect([found.evidence.length, found.more]).toEqual([20, 4980]);
  const long = said(
    "world_writable",
    facts({ files: [plainFile(`/${"x".repeat(4000)}`, "0666")] }),
  );
  expect(JSON.stringify(long).length).toBeLessThan(2500);
});

describe("a check of the policy's own", () => {
  const policy = policyOf("{checks: [{name: no gcc, command: '! command -v gcc'}]}");
  test.each([
    ["passes with status 0", run({ status: 0 }), "pass", /status 0/],
    ["fails with another", run({ status: 1 }), "fail", /ended with status 1: \/usr\/bin\/gcc/],
    ["fails when it did not end", run({}), "fail", /did not end/],
    ["fails when it was not run", {}, "fail", /was not run in this image/],
    ["fails when another was run", run({ command: "true", status: 0 }), "fail", /was not run/],
  ])("%s", (_, inventory, status, says) => {
    const found = said("check: no gcc", facts(inventory), policy);
    expect(found).toMatchObject({ status, says: expect.stringMatching(says) });
  });
});

test("what is said of an image is one line without escapes, whatever a name in it holds", () => {
  const { says, evidence } = said(
    "packages",
    facts({
      packages: [
        {
          kind: "rpm",
          name: "evil",
          version: "1\u001b[2J\npackages: none\tof 1",
          vouched: "repository",
        },
      ],
    }),
    policyOf("{ packages: { denied: [evil] } }"),
  );
  const line = String.raw`evil 1\x1b[2J packages: none of 1 is denied`;
  expect({ says, evidence }).toEqual({ says: line, evidence: [{ of: "evil", says: line }] });
});

test.each([
  ["/opt/aws/bin/eic_run_authorized_keys %u %f", true, "pass"],
  ["/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f", true, "pass"],
  ["/opt/aws/bin/eic_run_authorized_keys %u %f", false, "fail"],
  ["/usr/bin/curl https://example.org/%u", true, "fail"],
  ["/usr/bin/sss_ssh_authorizedkeys --domain example.org %u", true, "fail"],
])("sshd that asks %s for keys, which a package ships (%s): %s", (command, shipped, status) => {
  const shown = `AuthorizedKeysCommand ${command}`;
  const path = "/etc/ssh/sshd_config";
  const about = facts({
    secrets: [{ kind: "authorized-key", path, line: 9, shown, shipped }],
  });
  expect(said("authorized_keys", about).status).toBe(status);
  const program = command.split(" ")[0];
  const allowed = policyOf(`{authorized_keys: {allowed: [${program}]}}`);
  expect(said("authorized_keys", about, allowed).status).toBe("pass");
});
