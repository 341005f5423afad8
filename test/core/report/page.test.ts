import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { report } from "../../../core/report/page.ts";
import { byOpenssl } from "../../../core/report/sections/verify.ts";
import { colours } from "../../../core/report/style.ts";
import {
  aboutOf,
  findings,
  hostile,
  image,
  published,
  rejected,
  trap,
} from "../../support/report-data.ts";
import { someScanner } from "../../support/memory-ports.ts";

/** The text of a section, without its tags. */
const sectionOf = (page: string, id: string): string => {
  const [, found = ""] = new RegExp(`<section id="${id}"[^]*?>([^]*?)</section>`).exec(page) ?? [];
  return textOf(found);
};

const textOf = (markup: string): string =>
  markup
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => entities[name] ?? "")
    .replaceAll(/\s+/g, " ");

const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'" };

const page = report(published());

test("the same data is the same page", () => {
  expect(report(published())).toBe(page);
});

test("the summary has what the image is and how it stands", () => {
  expect(textOf(page)).toContain("Published. It satisfies the policy and passed its tests.");
  const text = sectionOf(page, "summary");
  expect(text).toContain(image.imageId);
  expect(text).toContain("27 packages changed, 1 added");
  expect(text).toContain("UEFI or legacy BIOS");
  expect(text).toContain("debian-web.yaml sha256:cccc");
});

test("every rule is there: what fails with its evidence and what to do, then what is waived", () => {
  const found = report(rejected());
  const text = sectionOf(found, "policy");
  for (const { rule } of rejected().verdict?.rules ?? []) expect(text).toContain(rule);
  expect(text).toMatch(/check: hardened fails, only reported .* What to do: bake the image again/);
  expect(text).toMatch(/known_exploited fails, enforced .* CVE-2026-1003 in openssh-server/);
  const badges = [...found.matchAll(/class="badge (fails|reported|waived)"/g)].map(
    ([, one]) => one,
  );
  expect(badges).toEqual(["fails", "fails", "fails", "reported"]);
  expect(sectionOf(page, "policy")).toMatch(/until 2026-12-31: Visitors upload files here/);
  expect(sectionOf(page, "policy")).toContain("The image satisfies every rule that is enforced.");
});

test("vulnerabilities have severity, fix, use in attacks, and exceptions with their reasons", () => {
  const text = sectionOf(page, "vulnerabilities");
  expect(text).toContain("5 vulnerabilities : 1 critical, 1 high, 1 medium, 1 low, 1 unknown.");
  expect(text).toContain("For 2 of them a fixed version is there.");
  expect(text).toContain("The newest of the data is of 2026-06-14 22:10 UTC");
  expect(text).toMatch(
    /CVE-2026-1003 high 8\.1 openssh-server 1:10\.0p1-7 1:10\.0p1-8 used in attacks exception/,
  );
  expect(text).toMatch(/CVE-2026-1002 .* exception until 2026-12-31: Nothing here reads/);
  expect(text).toContain("CVE-2020-9999 , until 2026-12-31: It was found once.");
  const order = ["1003", "1002", "1001", "1004", "1005"].map((id) => text.indexOf(`2026-${id}`));
  expect(order).toEqual(order.toSorted((one, other) => one - other));
});

test("a flaw of one source is one, as in the verdict, and names the packages it is in", () => {
  const [one] = findings;
  if (one === undefined) throw new Error("there are findings");
  const source = { name: "linux", version: "6.1" };
  const many = ["linux-image", "linux-headers", "linux-perf", "linux-libc-dev"].map((name) => ({
    ...{ ...one, id: "CVE-2026-7" },
    package: { ...one.package, name, source },
  }));
  const scan = { scanner: someScanner, findings: many, unscanned: [] };
  const found = report(published(aboutOf({ scan })));
  const { level } = one.severity;
  expect(sectionOf(found, "summary")).toContain(`1 ${level}`);
  const text = sectionOf(found, "vulnerabilities");
  expect(text).toContain(`1 vulnerability : 1 ${level}.`);
  expect(text).toContain("linux 6.1 (linux-image, linux-headers, linux-perf and 1 more)");
  expect(text.match(/CVE-2026-7/g)).toHaveLength(1);
});

test.each([
  {
    scan: { impossible: "the data is gone" },
    says: "Not searched for.",
    short: "not searched for",
  },
  {
    scan: { scanner: someScanner, findings: [], unscanned: [] },
    ...{ says: "found no vulnerability that is known", short: "none found" },
  },
])("a search that was not made is told apart from one that found nothing", (one) => {
  const { scan, says, short } = one;
  const found = report(published(aboutOf({ scan })));
  expect(sectionOf(found, "vulnerabilities")).toContain(says);
  expect(sectionOf(found, "summary")).toContain(short);
  expect(sectionOf(found, "vulnerabilities").includes("none")).toBe("impossible" in scan);
});

test("packages in which nobody looked are told, also in the summary", () => {
  const [one] = findings;
  const unscanned = [
    { package: one?.package ?? { kind: "", name: "", version: "" }, why: "no data" },
  ];
  const found = report(
    published(aboutOf({ scan: { scanner: someScanner, findings: [], unscanned } })),
  );
  expect(sectionOf(found, "summary")).toContain("nobody looked at 1 package");
  expect(sectionOf(found, "vulnerabilities")).toContain("libssl3t64 3.5.1-1 no data");
});

test("findings that were not kept are told so", () => {
  const found = report(published({ vulnerabilities: { unkept: true } }));
  expect(sectionOf(found, "vulnerabilities")).toContain("Not kept.");
});

test("packages have version, architecture, licence, source and who vouches for them", () => {
  const text = sectionOf(page, "packages");
  expect(text).toContain("base-files 1.2-2+deb13u1 amd64 GPL-2+ and LGPL-2.1+ database");
  expect(text).toContain(
    "ca-certificates 1.5-2+deb13u1 amd64 Expat ca-certificates-source repository",
  );
  expect(text).toContain("@scope/left-pad 1.3.0 npm MIT /srv/app/node_modules/");
});

test("changes are packages by name and files in numbers", () => {
  const text = sectionOf(page, "changes");
  expect(text).toContain("img-0123456789abcdef0 of 2026-05-15 08:00 UTC");
  expect(text).toContain("1 added, 1 removed, 0 changed, 0 with another time only");
  expect(text).toMatch(/apt \(amd64\) changed 1\.0-1 1\.1-2\+deb13u1/);
  expect(text).toMatch(/adduser \(all\) added not there 1\.0-2/);
});

test.each([
  { since: { first: true as const }, says: "this is the first of its recipe" },
  {
    since: {
      previous: { imageId: image.imageId, created: "2026-05-15T08:00:00Z" },
      unknown: "no inventory of it is kept",
    },
    says: "Not known. no inventory of it is kept.",
  },
])("no previous image is told apart from one of which nothing is known", ({ since, says }) => {
  expect(sectionOf(report(published({ since })), "changes")).toContain(says);
});

test("the lineage is a picture with a title and words, and a list with all digests", () => {
  expect(page).toMatch(/<svg class="picture" role="img" aria-labelledby="[a-z -]+"/);
  const text = sectionOf(page, "lineage");
  expect(text).toContain(
    "This image: debian-web; baked from: Image baked here: debian-base; baked from: From scratch: debian trixie.",
  );
  expect(text).toContain(`sha256:${"1".repeat(64)}`);
  expect(text).toContain(`sha256:${"a".repeat(64)}`);
});

test("the bake's states and steps have their times", () => {
  const text = sectionOf(page, "timeline");
  expect(text).toContain("took 2m 11s");
  expect(text).toMatch(/RunAgent the recipe's steps run on it 1m 18s .*Install nginx, curl 41s/);
  expect(text).toMatch(/Harden skipped HARDEN is false 0ms/);
});

test("how to verify has the lines of the docs, with this image's id and digests", () => {
  const docs = readFileSync(join(import.meta.dirname, "../../../docs/provenance.md"), "utf8");
  const [, lines = ""] = /## With openssl alone[^]*?```sh\n([^]*?)```/.exec(docs) ?? [];
  expect(`${byOpenssl.join("\n")}\n`).toBe(lines);
  const text = sectionOf(page, "verify");
  expect(text).toContain(`sudo ovenbird verify ${image.imageId}`);
  expect(text).toContain("openssl dgst -sha256 -verify key.pem -signature signature signed");
  expect(text).toContain(`sha256:${"f".repeat(64)}`);
  const [, cosign = ""] = /`(cosign [^`]+)`/.exec(docs) ?? [];
  expect(text).toContain(cosign.replaceAll(/\s+/g, " "));
});

test("on AWS the commands name the bucket, the image and the key of the stage", () => {
  const aws = {
    ...({ place: "aws", region: "eu-west-1", bucket: "ovenbird-artifacts" } as const),
    signingKey: "arn:aws:kms:eu-west-1:123456789012:key/k",
  };
  const judged = { outcome: { state: "judged" }, timeline: undefined, verification: aws } as const;
  const found = report(published(judged));
  const text = sectionOf(found, "verify");
  expect(text).toContain(`s3://ovenbird-artifacts/images/${image.imageId}.intoto.jsonl`);
  expect(text).toContain("--key-id arn:aws:kms:eu-west-1:123456789012:key/k");
  expect(sectionOf(found, "timeline")).toContain(`ovenbird logs ${image.bake}`);
});

test("a page that is made in the midst of a bake says so, and has its times up to then", () => {
  const aws = {
    ...({ place: "aws", region: "eu-west-1", bucket: "ovenbird-artifacts" } as const),
    signingKey: "arn:aws:kms:eu-west-1:123456789012:key/k",
  };
  const found = report(published({ outcome: { state: "judged" }, verification: aws }));
  const text = sectionOf(found, "timeline");
  expect(text).toContain("had taken 2m 11s when this page was made, in its midst");
  expect(text).toContain(`ovenbird logs ${image.bake}`);
  expect(text).toContain("Install nginx, curl 41s");
});

test("a rejected image's page says why, and that there is nothing to verify", () => {
  const found = report(
    published({
      outcome: { state: "rejected", error: "TestsFailed", message: "1 of 2 tests failed:\npage" },
    }),
  );
  expect(textOf(found)).toMatch(/Rejected\. The image was removed.* TestsFailed .* 1 of 2 tests/);
  expect(sectionOf(found, "verify")).toContain(`logs/${image.bake}.verdict.json`);
});

test("a hostile image's names are text, wherever they stand", () => {
  const found = report(hostile());
  expect(found).not.toMatch(/<(?:img|iframe|object|embed|link|base|form)\b/i);
  expect(found.match(/<script/g)).toHaveLength(1);
  expect(found.match(/<style/g)).toHaveLength(1);
  expect(found).not.toMatch(/(?:href|src)=['"]?javascript:/i);
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  expect(found).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/);
  expect(textOf(found)).toContain(trap.slice(0, 40));
});

test("the page's policy lets in its own script and style, by their digests, and nothing else", () => {
  const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  const digest = (tag: string): string => {
    const [, text = ""] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page) ?? [];
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  expect(policy.split("; ")).toEqual([
    ...["default-src 'none'", `script-src ${digest("script")}`, `style-src ${digest("style")}`],
    ...["base-uri 'none'", "form-action 'none'"],
  ]);
  expect(page).not.toMatch(/ style="| on[a-z]+="/);
});

test("ten thousand packages are a page, and what is beyond is counted", () => {
  const [one] = published().contents.packages;
  if (one === undefined) throw new Error("there are packages");
  const packages = Array.from({ length: 10_001 }, (_, at) => ({ ...one, name: `p${at}` }));
  const { contents } = published();
  const found = report(published({ contents: { ...contents, packages } }));
  expect(sectionOf(found, "packages")).toContain("1 more are not on this page");
});

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};

test.each([0, 1] as const)(
  "every text has a contrast of at least 4.5 to 1, scheme %i",
  (scheme) => {
    const { paper, raised, line: _, ...texts } = colours;
    for (const [name, pair] of Object.entries(texts)) {
      for (const under of [paper, raised]) {
        expect(contrast(pair[scheme], under[scheme]), name).toBeGreaterThanOrEqual(4.5);
      }
    }
  },
);
