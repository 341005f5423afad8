import { leastPolicy } from "../../core/operator-policy/schema.ts";
import { BakeId, ImageId, SnapshotId } from "../../core/ids.ts";
import type { Inventory, Package } from "../../core/inventory.ts";
import type { Facts } from "../../core/policy/facts.ts";
import { provenanceOf } from "../../core/policy/in-force.ts";
import { failureText, judge } from "../../core/policy/judge.ts";
import type { ProvenancePolicy } from "../../core/policy/schema.ts";
import type { Registered } from "../../core/registered.ts";
import { aboutImage } from "../../core/report/about-image.ts";
import { changesOf } from "../../core/report/changes-of.ts";
import type { About, ReportData } from "../../core/report/data.ts";
import type { Timeline } from "../../core/report/timeline-of.ts";
import type { Finding } from "../../core/vulnerabilities/finding.ts";
import { cleanInventory, plainFile } from "./clean-inventory.ts";
import { someScanner } from "./memory-ports.ts";

/* What reports are made of, as images have it, and as one that is out to break its report. */

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;

export const image: Registered = {
  imageId: ImageId.parse("img-0b91f6c2d3e4a5f60"),
  snapshotId: SnapshotId.parse("snap-0b91f6c2d3e4a5f60"),
  bake: BakeId.parse("debian-web-5f0c1d2e3a4b5c6d-1"),
  ...{ name: "debian-web", description: "Debian with nginx, serving one page" },
  ...{ rootVolumeSize: 4, tags: { role: "web", team: "platform" } },
  disk: {
    ...{ architecture: "x86_64", bootMode: "uefi-preferred", fileSystem: "ext4" },
    ...{ operatingSystem: "Debian GNU/Linux 13 (trixie)", kernel: "vmlinuz-6.12.57+deb13-amd64" },
  },
  lineage: [
    { kind: "image", name: "debian-base", imageId: ImageId.parse("img-0a0a0a0a0a0a0a0a0") },
    { kind: "scratch", distribution: "debian", suite: "trixie" },
  ],
};

const names =
  "adduser apt base-files bash bsdutils ca-certificates coreutils curl dash debconf dpkg e2fsprogs gpgv grub-common init-system-helpers iproute2 libc6 libnginx-mod-http-geoip libssl3t64 linux-image-amd64 nginx openssh-server passwd perl-base systemd tzdata util-linux zlib1g".split(
    " ",
  );

const packageOf = (name: string, at: number, version = `1.${at}-2+deb13u1`): Package => ({
  ...{ kind: "dpkg", name, version, architecture: at % 3 === 0 ? "all" : "amd64" },
  ...(at % 4 !== 3 && { licence: at % 2 === 0 ? "GPL-2+ and LGPL-2.1+" : "Expat" }),
  ...(at % 5 === 0 && { source: { name: `${name}-source`, version } }),
  vouched: at % 6 === 5 ? "repository" : "database",
});

const current: Partial<Inventory> = {
  packages: names.map((name, at) => packageOf(name, at)),
  languagePackages: [
    {
      ...{ kind: "npm", name: "@scope/left-pad", version: "1.3.0", licence: "MIT" },
      path: "/srv/app/node_modules/@scope/left-pad/package.json",
    },
  ],
  files: [plainFile("/etc/hostname"), plainFile("/srv/app/upload", "0666")],
  checks: [{ name: "no compiler", command: "! command -v gcc", status: 0, output: ["no gcc"] }],
  parent: { changes: [], more: 0 },
};

const before = cleanInventory({
  packages: names.slice(1).map((name, at) => packageOf(name, at + 1, `1.${at}-1`)),
  files: [plainFile("/etc/hostname"), plainFile("/etc/old")],
});

const finding = (id: string, more: Partial<Finding>): Finding => ({
  ...{ id, aliases: [], severity: { level: "medium", score: 5.3 }, exploited: false },
  package: { kind: "dpkg", name: "libssl3t64", version: "3.5.1-1", architecture: "amd64" },
  source: { database: "osv", record: `DEBIAN-${id}` },
  ...more,
});

export const findings: Finding[] = [
  finding("CVE-2026-1001", { summary: "A buffer overflow in the parser of certificates" }),
  finding("CVE-2026-1002", { severity: { level: "critical", score: 9.8 }, fixed: "3.5.4-1" }),
  finding("CVE-2026-1003", {
    ...{ severity: { level: "high", score: 8.1 }, fixed: "1:10.0p1-8", exploited: true },
    package: { kind: "dpkg", name: "openssh-server", version: "1:10.0p1-7" },
  }),
  finding("CVE-2026-1004", { severity: { level: "low", score: 3.1 } }),
  finding("CVE-2026-1005", { severity: { level: "unknown" } }),
];

export const policy: ProvenancePolicy = {
  ...provenanceOf(leastPolicy()),
  checks: [
    { name: "no compiler", command: "! command -v gcc", timeout: 10, mode: "enforce" },
    { name: "hardened", command: "/opt/harden --check", timeout: 10, mode: "report" },
  ],
  waivers: [
    {
      ...{ rule: "world_writable", of: ["/srv/app/*"], expires: "2026-12-31" },
      reason: "Visitors upload files here until the object store is there.",
    },
  ],
  exceptions: [
    {
      ...{ vulnerability: "CVE-2026-1002", expires: "2026-12-31" },
      reason: "Nothing here reads certificates of strangers.",
    },
    {
      ...{ vulnerability: "CVE-2026-1003", expires: "2026-06-30" },
      reason: "Nobody reaches port 22 but the bastion.",
    },
    { vulnerability: "CVE-2020-9999", expires: "2026-12-31", reason: "It was found once." },
  ],
};

const factsOf = (more: Partial<Facts>): Facts => ({
  ...{ inventory: cleanInventory(current), lineage: image.lineage },
  scan: { scanner: someScanner, findings, unscanned: [], newest: "2026-06-14T22:10:00Z" },
  ...{ recipe: { steps: ["nginx"], keys: [] }, now: new Date("2026-06-15T12:00:00Z") },
  origin: cleanInventory({ digest: sha("a") }),
  statement: { verified: true, says: "img-0a0a0a0a0a0a0a0a0 has a statement of the machine's key" },
  ...more,
});

const previous = {
  imageId: ImageId.parse("img-0123456789abcdef0"),
  created: "2026-05-15T08:00:00Z",
};

/** The same without what was excepted and waived. */
export const strictPolicy: ProvenancePolicy = { ...policy, exceptions: [], waivers: [] };

export const aboutOf = (
  more: Partial<Facts> = {},
  { of = image, by = policy }: { of?: Registered; by?: ProvenancePolicy } = {},
): About => {
  const facts = factsOf(more);
  const changes = changesOf(before, facts.inventory);
  return aboutImage({
    image: of,
    recipe: { at: "2026-06-15T11:57:58.000Z", file: "debian-web.yaml", digest: sha("c") },
    hearing: { facts, policy: by, verdict: judge(by, facts) },
    since: { previous, changes },
  });
};

const began = Date.parse("2026-06-15T11:57:58Z");
const span = (name: string, from: number, seconds: number) => ({
  ...{ name, began: began + from * 1000, seconds, status: "succeeded" as const },
});

export const timeline: Timeline = {
  ...{ began, seconds: 131.4 },
  states: [
    { ...span("ReadRecipe", 0, 0.05), steps: [] },
    { ...span("ResolveOrigin", 0.1, 0.2), steps: [] },
    { ...span("ProvisionBuilder", 0.3, 1.4), steps: [] },
    {
      ...span("RunAgent", 1.8, 78.2),
      steps: [
        { ...span("Open the disk", 1.9, 2.1) },
        { ...span("Install nginx, curl", 4, 41) },
        { ...span("Write the page", 45, 0.1) },
        { ...span("Harden", 45.2, 0), status: "skipped", reason: "HARDEN is false" },
        { ...span("Take the inventory", 60, 20) },
      ],
    },
    { ...span("CreateSnapshot", 80, 0.4), steps: [] },
    { ...span("AwaitSnapshot", 80.4, 0.1), steps: [] },
    { ...span("ReleaseBuilder", 80.4, 0.3), steps: [] },
    { ...span("RegisterImage", 80.8, 0.1), steps: [] },
    { ...span("CheckProvenance", 80.9, 6.1), steps: [] },
    {
      ...span("TestImage", 87, 43),
      steps: [{ ...span("boot", 87.1, 38) }, { ...span("nginx serves the page", 125.2, 1.2) }],
    },
    { ...span("PublishImage", 130.1, 1), steps: [] },
    { ...span("ReleaseBake", 131.1, 0.2), steps: [] },
  ],
};

export const published = (more: Partial<ReportData> = {}): ReportData => ({
  ...aboutOf(),
  outcome: { state: "published", created: "2026-06-15T11:59:19.000Z" },
  timeline,
  verification: { place: "machine", keyId: sha("e"), statement: sha("f") },
  made: "2026-06-15T12:00:10.000Z",
  ...more,
});

/** One that policy rejects. */
export const rejected = (): ReportData => {
  const about = aboutOf({}, { by: strictPolicy });
  return published({
    ...about,
    outcome: {
      ...{ state: "rejected", error: "ProvenanceFailed" },
      message: about.verdict === undefined ? "" : failureText(about.verdict),
    },
    verification: { place: "machine" },
  });
};

/** What a hostile image calls all that it may name. */
export const trap = [
  `<script>alert("trap")</script><img src=x onerror=alert(1)>`,
  `'"--></style></title></table><a href='javascript:alert(1)'>`,
  `\u001b[31mred\u001b]0;title\u0007\u009b31m\u0000\u202egpj.exe\u2028${"x".repeat(300)}`,
].join("");

/** An image whose packages, files, findings, tags and steps are all out to be markup. */
export const hostile = (): ReportData => {
  const named: Registered = {
    ...{ ...image, name: trap, description: trap, tags: { [trap]: trap } },
    disk: { ...image.disk, operatingSystem: trap, kernel: trap },
    lineage: [
      { kind: "file", file: trap, format: "raw", digest: sha("b"), snapshotId: image.snapshotId },
    ],
  };
  const one: Package = {
    ...{ kind: "dpkg", name: trap, version: trap, architecture: trap, licence: trap, state: trap },
    source: { name: trap, version: `${trap}1` },
  };
  const inventory = cleanInventory({
    packages: Array.from({ length: 14 }, (_, at) => ({ ...one, name: `${trap}${at}` })),
    languagePackages: [{ kind: "npm", name: trap, version: trap, path: `/${trap}`, licence: trap }],
    databases: [{ kind: "dpkg", path: trap, packages: 0, problem: trap }],
    files: [plainFile(`/${trap}`, "0666")],
    checks: [{ name: "no compiler", command: "! command -v gcc", status: 1, output: [trap, trap] }],
  });
  const bad = { kind: "dpkg", name: trap, version: trap };
  const scan = {
    scanner: someScanner,
    findings: [finding(trap, { summary: trap, package: bad, fixed: trap })],
    unscanned: [{ package: bad, why: trap }],
  };
  const state = { ...span(trap, 0, 1), status: "failed" as const, reason: trap };
  return published({
    ...aboutOf({ inventory, scan }, { of: named }),
    outcome: { state: "rejected", error: "TestsFailed", message: `${trap}\n${trap}` },
    timeline: { began, seconds: 1, states: [{ ...state, steps: [state] }] },
  });
};
