import type { Package } from "../../inventory.ts";
import type { LanguagePackage } from "../../inventory/found/language-package.ts";
import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import { bytes, counted, grouped } from "../units.ts";
import { bounded } from "./bounded.ts";
import { filterFor, searchable } from "./filter.ts";

/** What software is in the image, and who vouches for it. */
export const packages = ({ contents }: ReportData): Section => {
  const { packages: system, languagePackages, databases, size, unread } = contents;
  return {
    ...{ id: "packages", title: "Packages" },
    body: markup`<p>${counted(system.length, "package")} of the distribution; ${grouped(size.files)} files with ${bytes(size.bytes)} in them, ${bytes(size.used)} in use on the disk.${unreadText(unread)}</p>
${databases.map(problem)}
${system.length === 0 ? nothing : systemTable(system)}
${languages(languagePackages)}`,
  };
};

const unreadText = (unread: number): string =>
  unread === 0 ? "" : ` ${counted(unread, "file")} could not be read.`;

const problem = ({ path, problem: why }: { path: string; problem?: string }): Markup =>
  markup`<p class="notice"><strong>Not all packages.</strong> <code>${path}</code>: ${why ?? ""}</p>`;

const systemTable = (all: readonly Package[]): Markup => {
  const { rows, rest } = bounded(all, systemRow);
  return markup`${all.length > searchable ? filterFor("system-packages", "packages") : nothing}<div class="wide"><table class="cards packages" id="system-packages">
<caption>Packages of the distribution</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Version</th><th scope="col">Architecture</th><th scope="col">Licence</th><th scope="col">Built from</th><th scope="col">Files vouched for by</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>${rest}
<p class="note">A <em>repository</em> vouches for a package's files by a signature that was checked. The image's own <em>database</em> could have been changed by whoever changed a file.</p>`;
};

const systemRow = (one: Package): Markup => {
  const { name, version, state, architecture, licence, vouched } = one;
  const inState = state === undefined ? nothing : markup` (${state})`;
  return markup`<tr><th scope="row">${name}${inState}</th><td><code>${version}</code></td><td>${architecture ?? ""}</td><td>${licence ?? unknown}</td><td>${sourceOf(one)}</td><td>${vouched === undefined ? unknown : vouchers[vouched]}</td></tr>`;
};

const unknown = markup`<span class="unknown">not known</span>`;

/** Most are built from what has their name and version. */
const sourceOf = ({ source, name, version }: Package): Markup | undefined => {
  if (source === undefined || (source.name === name && source.version === version))
    return undefined;
  return source.version === version
    ? markup`${source.name}`
    : markup`${source.name} <code>${source.version}</code>`;
};

const vouchers = { repository: "repository", database: "database", nothing: "nobody" } as const;

const languages = (all: readonly LanguagePackage[] | undefined): Markup => {
  if (all === undefined) return markup`<p>Packages of languages were not looked for.</p>`;
  if (all.length === 0) return markup`<p>There are no packages of languages beside them.</p>`;
  const { rows, rest } = bounded(all, languageRow);
  return markup`<h3>Packages of languages</h3>
${all.length > searchable ? filterFor("language-packages", "packages of languages") : nothing}<div class="wide"><table class="cards languages" id="language-packages">
<caption>Packages of npm, pip, gem, Go and Java</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Version</th><th scope="col">Kind</th><th scope="col">Licence</th><th scope="col">Told by</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>${rest}`;
};

const languageRow = ({ name, version, kind, licence, path }: LanguagePackage): Markup =>
  markup`<tr><th scope="row">${name}</th><td><code>${version}</code></td><td>${kind}</td><td>${licence ?? unknown}</td><td><code>${path}</code></td></tr>`;
