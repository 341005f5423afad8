import type { Ancestor } from "../../origin.ts";
import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import { code, factsList } from "./facts-list.ts";
import { type Generation, lineagePicture } from "./lineage-picture.ts";

/** What the image descends from, down to what was not baked here. */
export const lineage = (data: ReportData): Section => {
  const generations = [ownOf(data), ...data.image.lineage.map((one) => generationOf(one, data))];
  return {
    ...{ id: "lineage", title: "Lineage" },
    body: markup`<div class="lineage">
${lineagePicture(generations)}
<ol class="generations">${generations.map(inWords)}</ol>
</div>`,
  };
};

const ownOf = ({ image, contents }: ReportData): Generation => ({
  ...{ kind: "This image", name: image.name, id: image.imageId, ours: true },
  facts: [["File tree", contents.digest]],
});

const generationOf = (ancestor: Ancestor, { digests }: ReportData): Generation => {
  switch (ancestor.kind) {
    case "scratch": {
      const { distribution, suite } = ancestor;
      const name = `${distribution} ${suite}`;
      const from = "packages of the distribution alone: there was no disk before";
      return { kind: "From scratch", name, id: "", ours: false, facts: [["Made of", from]] };
    }
    case "image": {
      const { name, imageId: id } = ancestor;
      const facts: Generation["facts"] = [["File tree", digests[id] ?? "its own report has it"]];
      return { kind: "Image baked here", name, id, ours: true, facts };
    }
    case "stock":
      return stockOf(ancestor);
    case "file": {
      const { file: name, format, digest, demanded, snapshotId } = ancestor;
      const facts: Generation["facts"] = [
        ["SHA-256", digest],
        ["Known by", demanded === true ? "the recipe, which says that digest" : "nobody"],
        ["Format", format],
        ["Imported as", snapshotId],
      ];
      return { kind: "Stock disk, a file", name, id: digest, ours: false, facts };
    }
  }
};

const stockOf = (stock: Extract<Ancestor, { kind: "stock" }>): Generation => {
  const { name, imageId: id, owner, ownerAlias, copyId, created, deprecated } = stock;
  const whose = ownerAlias === undefined ? owner : `${owner} (${ownerAlias})`;
  return {
    ...{ kind: "Stock image, not baked here", name, id, ours: false },
    facts: [
      ["Owner", whose],
      ["Copied as", copyId],
      ["Made", created?.slice(0, 10)],
      ["Deprecated", deprecated?.slice(0, 10)],
      ["Digest", "EC2 gives none: it is pinned by its id and the copy"],
    ],
  };
};

const inWords = ({ kind, name, id, facts }: Generation): Markup => {
  const all = facts.map(([what, value]) => [what, valueOf(value)] as const);
  const shown = id === "" || name === id ? nothing : markup`<br><code>${id}</code>`;
  return markup`<li><p><span class="kind">${kind}</span> <strong>${name}</strong>${shown}</p>${factsList(all)}</li>`;
};

/** Digests and ids are code, sentences are not. */
const valueOf = (value: string | undefined): Markup | string | undefined =>
  value !== undefined && /^(?:sha256:|[a-z]+-[0-9a-f]{8,}$)/.test(value) ? code(value) : value;
