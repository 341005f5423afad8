import type { Package } from "../../inventory.ts";
import type { PackageChange } from "../../inventory/diff-packages.ts";
import type { Changes, Previous } from "../changes-of.ts";
import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import { bytes, grouped, grown, moment } from "../units.ts";
import { bounded } from "./bounded.ts";

/** What is other than in the previous image of the recipe. */
export const changes = ({ since }: ReportData): Section => ({
  ...{ id: "changes", title: "Since the previous image" },
  body: "first" in since ? first : compared(since),
});

const first = markup`<p>There is no previous image: this is the first of its recipe.</p>`;

type Compared = Exclude<ReportData["since"], { first: true }>;

const compared = (since: Compared): Markup => {
  const known = "unknown" in since ? unknown(since.unknown) : tables(since.changes);
  return markup`<p>${beside(since.previous)}</p>${known}`;
};

const beside = ({ imageId, created }: Previous): Markup =>
  markup`Compared with <code>${imageId}</code> of ${moment(created)}, by the inventories of both.`;

const unknown = (why: string): Markup =>
  markup`<p class="notice"><strong>Not known.</strong> ${why}.</p>`;

const tables = ({ packages, files, size, unread }: Changes): Markup =>
  markup`${numbers(files, size)}
${
  unread === 0
    ? nothing
    : markup`<p class="notice">${grouped(unread)} files or databases of the two could not be read, so this may not be all.</p>`
}
${packageTable(packages)}`;

const numbers = (files: Changes["files"], { from, to }: Changes["size"]): Markup =>
  markup`<div class="wide"><table class="numbers">
<caption>In numbers</caption>
<thead><tr><th scope="col">Of</th><th scope="col">Before</th><th scope="col">Now</th><th scope="col">Change</th></tr></thead>
<tbody>
<tr><th scope="row">Files</th><td>${grouped(from.files)}</td><td>${grouped(to.files)}</td><td>${grouped(files.added)} added, ${grouped(files.removed)} removed, ${grouped(files.changed)} changed, ${grouped(files.touched)} with another time only</td></tr>
<tr><th scope="row">Bytes in files</th><td>${bytes(from.bytes)}</td><td>${bytes(to.bytes)}</td><td>${grown(to.bytes - from.bytes) || "none"}</td></tr>
<tr><th scope="row">In use on the disk</th><td>${bytes(from.used)}</td><td>${bytes(to.used)}</td><td>${grown(to.used - from.used) || "none"}</td></tr>
</tbody></table></div>`;

interface Row {
  what: string;
  name: string;
  from: string;
  to: string;
}

const packageTable = ({ added, removed, changed }: Changes["packages"]): Markup => {
  const all: Row[] = [
    ...changed.map(({ from, to }: PackageChange) => ({
      ...{ what: "changed", name: nameOf(to), from: versionOf(from), to: versionOf(to) },
    })),
    ...added.map((one) => ({ what: "added", name: nameOf(one), from: "", to: versionOf(one) })),
    ...removed.map((one) => ({ what: "removed", name: nameOf(one), from: versionOf(one), to: "" })),
  ];
  if (all.length === 0) return markup`<p>The packages are the same.</p>`;
  const { rows, rest } = bounded(all, row);
  return markup`<div class="wide"><table class="cards changed">
<caption>Packages</caption>
<thead><tr><th scope="col">Package</th><th scope="col">What</th><th scope="col">Before</th><th scope="col">Now</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>${rest}`;
};

const row = ({ what, name, from, to }: Row): Markup =>
  markup`<tr><th scope="row">${name}</th><td>${what}</td><td>${version(from)}</td><td>${version(to)}</td></tr>`;

const version = (text: string): Markup =>
  text === "" ? markup`<span class="unknown">not there</span>` : markup`<code>${text}</code>`;

const nameOf = ({ name, architecture }: Package): string =>
  architecture === undefined ? name : `${name} (${architecture})`;

const versionOf = ({ version: text, state }: Package): string =>
  state === undefined ? text : `${text} (${state})`;
