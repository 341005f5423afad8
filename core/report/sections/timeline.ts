import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import type { Span, StateSpan, Timeline } from "../timeline-of.ts";
import { durationText } from "../../duration-text.ts";
import { moment } from "../units.ts";

/** What the bake did, how long it took, and when. */
export const timeline = (data: ReportData): Section => {
  const { timeline: known, image, verification } = data;
  const body = known === undefined ? untold(image.bake, verification.place) : told(known, data);
  return { id: "timeline", title: "The bake", body };
};

const untold = (bake: string, place: "aws" | "machine"): Markup =>
  place === "aws"
    ? markup`<p>This page was made in the midst of the bake. <code>ovenbird logs ${bake}</code> shows all its states and steps with their times.</p>`
    : markup`<p>Nobody noted how long the states and steps of this bake took: it was baked before there were reports.</p>`;

const told = (known: Timeline, data: ReportData): Markup =>
  markup`<p>It began on ${moment(new Date(known.began).toISOString())} and ${took(known, data)}</p>
<table class="timeline">
<caption>States of the bake, and the steps in them</caption>
<thead><tr><th scope="col">State or step</th><th scope="col">Took</th><th scope="col" class="when">When</th></tr></thead>
<tbody>${known.states.map((state) => stateRows(state, known))}</tbody>
</table>`;

/** Only what is made on AWS is made before the bake's end. */
const took = ({ seconds }: Timeline, { outcome, verification, image }: ReportData): Markup =>
  outcome.state === "judged" && verification.place === "aws"
    ? markup`had taken ${durationText(seconds)} when this page was made, in its midst. What came after it <code>ovenbird logs ${image.bake}</code> shows.`
    : markup`took ${durationText(seconds)}.`;

const stateRows = (state: StateSpan, known: Timeline): Markup =>
  markup`${row(state, known, "state")}${state.steps.map((step) => row(step, known, "step"))}`;

const row = (span: Span, known: Timeline, kind: "state" | "step"): Markup => {
  const { name, seconds, status, reason } = span;
  const word =
    status === "succeeded" ? nothing : markup` <span class="badge ${status}">${status}</span>`;
  const why = reason === undefined ? nothing : markup` <span class="reason">${reason}</span>`;
  const what = kind === "state" ? saying[name] : undefined;
  const about = what === undefined ? nothing : markup` <span class="about">${what}</span>`;
  return markup`<tr class="${kind}"><th scope="row">${name}${word}${why}${about}</th><td>${durationText(seconds)}</td><td class="when">${bar(span, known)}</td></tr>`;
};

/** What states do, for those who do not know the state machine. */
const saying: Readonly<Record<string, string>> = {
  ReadRecipe: "the recipe is checked",
  ResolveOrigin: "what the image starts from is found",
  ProvisionBuilder: "a disk to work on is made",
  RunAgent: "the recipe's steps run on it",
  CreateSnapshot: "the disk is kept as it is",
  CompleteSnapshot: "the kept disk is complete, and the builder given back",
  AwaitSnapshot: "the kept disk is complete",
  ReleaseBuilder: "the builder is given back",
  RegisterImage: "it is a candidate image",
  CheckProvenance: "policy judges it",
  TestImage: "it boots, and the recipe's tests run in it",
  PublishImage: "it is signed for and published",
  KeepBuilder: "the builder is kept for a look",
  ReleaseBake: "all else is given back",
};

const untimed = markup`<span class="unknown">told when it was over</span>`;

/** Thousandths of the whole. */
const scale = 1000;

/** A span that is hardly any is still seen. */
const least = 4;

const bar = ({ began, seconds, status }: Span, whole: Timeline): Markup => {
  if (began === undefined) return untimed;
  const total = Math.max(whole.seconds, 0.001);
  const size = Math.min(scale, Math.max(least, (seconds / total) * scale));
  const start = ((began - whole.began) / 1000 / total) * scale;
  const x = Math.min(Math.max(0, start), scale - size);
  return markup`<svg class="bar ${status}" viewBox="0 0 ${scale} 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="${scale}" height="10"/><rect class="span" x="${x.toFixed(1)}" width="${size.toFixed(1)}" height="10"/></svg>`;
};
