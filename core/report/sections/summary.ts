import type { ReportData, Section } from "../data.ts";
import { inLines, markup, type Markup, nothing } from "../markup.ts";
import { bytes, grouped, moment } from "../units.ts";
import { code, factsList } from "./facts-list.ts";
import { policyText, sinceText, vulnerabilitiesText } from "./standing.ts";

/** What the image is, how it stands, and what it is known by. */
export const summary = (data: ReportData): Section => ({
  ...{ id: "summary", title: "Summary" },
  body: markup`${figures(data)}${identity(data)}`,
});

/** Where each line leads to what it is about. */
const figures = (data: ReportData): Markup => {
  const { verdict, contents } = data;
  const { packages, languagePackages = [], size } = contents;
  const count = grouped(packages.length + languagePackages.length);
  const rows: [href: string, name: string, value: string][] = [
    ["#policy", "Policy", verdict === undefined ? "never asked" : policyText(verdict)],
    ["#vulnerabilities", "Vulnerabilities", vulnerabilitiesText(data)],
    ["#packages", "Packages", count],
    ["#changes", "Since the previous image", sinceText(data)],
    ["#packages", "In use on the disk", bytes(size.used)],
  ];
  return markup`<ul class="figures">${rows.map(
    ([href, name, value]) =>
      markup`<li><a href="${href}"><span class="name">${name}</span> <span class="value">${value}</span></a></li>`,
  )}</ul>`;
};

const identity = (data: ReportData): Markup => markup`${short(data)}${long(data)}`;

const short = ({ image, contents, outcome }: ReportData): Markup => {
  const { disk, tags } = image;
  return factsList([
    ["Operating system", disk.operatingSystem],
    ["Architecture", disk.architecture],
    ["Kernel", code(disk.kernel)],
    ["Boots by", bootModes[disk.bootMode]],
    ["Disk", `${image.rootVolumeSize} GiB, ${disk.fileSystem}`],
    ["Files", `${grouped(contents.size.files)}, with ${bytes(contents.size.bytes)}`],
    ["Registered", outcome.state === "published" ? moment(outcome.created) : undefined],
    ["Tags", tagList(tags)],
  ]);
};

/** By what others know the image: each on a line of its own, as digests are long. */
const long = ({ image, contents, recipe, verification }: ReportData): Markup => {
  const statement = verification.place === "machine" ? verification.statement : undefined;
  return markup`<div class="digests">${factsList([
    ["Image", code(image.imageId)],
    ["Snapshot", code(image.snapshotId)],
    ["Bake", code(image.bake)],
    ["Recipe", recipe && markup`<code>${recipe.file}</code><br>${code(recipe.digest)}`],
    ["File tree", code(contents.digest)],
    ["Signed statements", code(statement)],
  ])}</div>`;
};

const bootModes = {
  "legacy-bios": "legacy BIOS",
  uefi: "UEFI",
  "uefi-preferred": "UEFI or legacy BIOS",
} as const;

const tagList = (tags: Record<string, string>): Markup | undefined => {
  const entries = Object.entries(tags);
  if (entries.length === 0) return undefined;
  return markup`<ul class="inline">${entries.map(
    ([name, value]) => markup`<li><code>${name}=${value}</code></li>`,
  )}</ul>`;
};

/** In a word, and a sentence or more, how it stands. */
export const outcomeText = ({ outcome, verdict }: ReportData): Markup => {
  switch (outcome.state) {
    case "published":
      return markup`<p class="outcome good"><strong>Published.</strong> ${
        verdict === undefined
          ? "It passed its tests; no policy was asked."
          : "It satisfies the policy and passed its tests."
      }</p>`;
    case "judged":
      return judged(verdict?.passed ?? false);
    case "rejected":
    case "failed":
    case "stopped": {
      const { state, error, message } = outcome;
      const word = `${state[0]?.toUpperCase()}${state.slice(1)}`;
      return markup`<div class="outcome bad"><p><strong>${word}.</strong> The image was removed, and nobody can use it: <code>${error}</code>.</p>${inLines(message)}</div>`;
    }
  }
};

const judged = (passed: boolean): Markup =>
  passed
    ? markup`<p class="outcome good"><strong>Satisfies the policy.</strong> This page was made before its tests and its publication: whether it was published, its record says.</p>`
    : markup`<p class="outcome bad"><strong>Rejected.</strong> It fails the policy: the image is removed, and nobody can use it.</p>`;

/** When the page was made. */
export const made = ({ made: at }: ReportData): Markup =>
  at === "" ? nothing : markup`Made by Ovenbird on ${moment(at)}.`;
