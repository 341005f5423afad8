import { shownName } from "../../inventory/names.ts";
import { markup, type Markup, nothing } from "../markup.ts";

/** An image of the lineage, or what the first of them was made from. */
export interface Generation {
  /** What kind of thing it is, for people. */
  kind: string;
  name: string;
  /** Empty for what has none. */
  id: string;
  /** Whether it was baked here. */
  ours: boolean;
  facts: (readonly [what: string, value: string | undefined])[];
}

/** Sizes in the picture's own units, of which a narrow phone shows all. */
const width = 300;
const height = 74;
const gap = 40;

/** Characters of a line that fit into a box. */
const longest = 34;

/** The lineage as a picture: the image on top, what it descends from below it. */
export const lineagePicture = (generations: readonly Generation[]): Markup => {
  const total = generations.length * (height + gap) - gap + 2;
  const names = generations.map(({ kind, name }) => `${kind}: ${name}`).join("; baked from: ");
  return markup`<svg class="picture" role="img" aria-labelledby="lineage-picture lineage-words" viewBox="0 0 ${width + 2} ${total}" width="${width + 2}" height="${total}">
<title id="lineage-picture">Lineage of the image</title>
<desc id="lineage-words">${names}.</desc>
${generations.map(box)}
</svg>`;
};

const box = ({ kind, name, id, ours }: Generation, at: number): Markup => {
  const top = at * (height + gap) + 1;
  const frame = ours ? (at === 0 ? "box own" : "box") : "box foreign";
  return markup`<g transform="translate(1 ${top})">${at === 0 ? nothing : arrow}
<rect class="${frame}" width="${width}" height="${height}" rx="6"/>
<text class="kind" x="14" y="21">${kind}</text>
<text class="name" x="14" y="43">${shortened(name)}</text>
<text class="id" x="14" y="62">${shortened(id)}</text></g>`;
};

/** From what it was baked from up to the image. */
const arrow = markup`<path class="arrow" d="M24 -1V${-gap + 9}"/><path class="head" d="M24 ${-gap + 2}l-5 9h10z"/><text class="kind" x="38" y="${-gap / 2 + 4}">baked from</text>`;

const shortened = (text: string): string => {
  const shown = Array.from(shownName(text.slice(0, 200)));
  return shown.length <= longest ? shown.join("") : `${shown.slice(0, longest - 1).join("")}…`;
};
