import type { ReportData, Section } from "./data.ts";
import { markup, type Markup } from "./markup.ts";
import { hashOf, script } from "./script.ts";
import { changes } from "./sections/changes.ts";
import { lineage } from "./sections/lineage.ts";
import { packages } from "./sections/packages.ts";
import { policy } from "./sections/policy.ts";
import { made, outcomeText, summary } from "./sections/summary.ts";
import { timeline } from "./sections/timeline.ts";
import { verify } from "./sections/verify.ts";
import { vulnerabilities } from "./sections/vulnerabilities.ts";
import { style } from "./style.ts";

const sections = [
  ...[summary, policy, vulnerabilities, changes, lineage, timeline, verify],
  packages, // the longest
];

/**
 * An image's report for people: one HTML document that needs nothing else, and asks nobody. The
 * same data is the same text.
 */
export const report = (data: ReportData): string => {
  const all = sections.map((section) => section(data));
  const { name, imageId, description } = data.image;
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">`,
    head(`${name} ${imageId}`).text,
    `<style>${style}</style></head>`,
    markup`<body><a class="skip" href="#main">Skip to the report</a>
<header class="top"><p class="kicker">Image report</p>
<h1>${name}</h1>
<p class="id"><code>${imageId}</code></p>
${description === "" ? undefined : markup`<p class="description">${description}</p>`}
${outcomeText(data)}</header>
${contents(all)}
<main id="main" tabindex="-1">${all.map(body)}</main>
<footer><p>${made(data)}</p></footer>`.text,
    `<script>${script}</script></body></html>`,
    "",
  ].join("\n");
};

/** Nothing is loaded, nothing is sent, and no text but these two is a style or a script. */
const contentPolicy = [
  ...["default-src 'none'", `script-src ${hashOf(script)}`, `style-src ${hashOf(style)}`],
  ...["base-uri 'none'", "form-action 'none'"],
].join("; ");

const head = (title: string): Markup =>
  markup`<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}: image report</title>`;

const contents = (all: readonly Section[]): Markup =>
  markup`<nav aria-label="Contents"><ul>${all.map(
    ({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>`;

const body = ({ id, title, body: text }: Section): Markup =>
  markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${text}</section>`;
