import { ScanPredicate, toldIn, vulnerabilitiesType } from "../core/statement/make-scan.ts";
import type { ImageProof } from "../core/statement/prove-image.ts";
import { digestOfSubject } from "../core/statement/subjects.ts";
import { verdictFile } from "../core/policy/verdict.ts";
import { scanFile } from "../core/vulnerabilities/kept-scan.ts";
import { severityCounts } from "../core/vulnerabilities/together.ts";
import type { Seen } from "./hold-proofs.ts";

export interface Sentence {
  /** Whether it says what is proven, or what is not. */
  proven: boolean;
  /** Whether it says that something is other than what was signed. */
  isBroken: boolean;
  text: string;
}

export const good = (text: string): Sentence => ({ proven: true, isBroken: false, text });
export const open = (text: string): Sentence => ({ proven: false, isBroken: false, text });
export const bad = (text: string): Sentence => ({ proven: false, isBroken: true, text });

/** What is proven and what is not, for people. */
export const sentencesOf = (proof: ImageProof, seen: Seen): Sentence[] => {
  const { runDetails, buildDefinition } = proof.provenance;
  const { invocationId, startedOn, finishedOn } = runDetails.metadata;
  const { recipe } = buildDefinition.externalParameters;
  return [
    good(`the signature holds: by the key ${proof.keyId}`),
    good(
      `it was baked by ${runDetails.builder.id} as ${invocationId}, from ${startedOn} to ${finishedOn}`,
    ),
    good(`from ${recipe.file}, whose SHA-256 is ${recipe.digest.sha256}`),
    ...originSentences(buildDefinition.resolvedDependencies),
    ...descentSentences(buildDefinition.internalParameters),
    ...subjectSentences(proof, seen),
    ...scanSentences(proof, seen),
    ...verdictSentences(proof, seen),
  ];
};

type Resources = ImageProof["provenance"]["buildDefinition"]["resolvedDependencies"];

const originSentences = (resources: Resources): Sentence[] => {
  const isSigned = (signed: unknown) =>
    resources.some((one) => one.annotations?.["signed"] === signed);
  if (isSigned(true)) return [good("its origin is an image of ours whose own statement held")];
  if (isSigned(false)) return [open("its origin is an image of ours that nothing was signed of")];
  return [];
};

type Chosen = ImageProof["provenance"]["buildDefinition"]["internalParameters"];

const descentSentences = ({ lineage }: Chosen): Sentence[] => {
  if (lineage !== undefined) return [];
  return [open("what its origin descends from was not signed: it was baked before that was")];
};

const subjectSentences = ({ subject }: ImageProof, seen: Seen): Sentence[] =>
  [
    compared("the inventory", digestOfSubject(subject, "inventory"), seen.inventory),
    treeSentence(digestOfSubject(subject, "tree"), seen),
    compared("the disk's file", digestOfSubject(subject, "disk"), seen.disk),
  ].flat();

const compared = (what: string, signed?: string, read?: string): Sentence[] => {
  if (signed === undefined || read === undefined) return [];
  if (signed === read) return [good(`${what} is the one that was signed: ${signed}`)];
  return [bad(`${what} is another than was signed: ${read}, not ${signed}`)];
};

/** The inventory names a digest; only who reads the disk again knows that it still has it. */
const treeSentence = (signed: string | undefined, { tree, recorded }: Seen): Sentence[] => {
  if (signed === undefined) return [open("no digest of the file tree was signed")];
  const inventory =
    signed === recorded ? [] : compared("the inventory's tree", signed, recorded ?? "none");
  if (tree !== undefined)
    return [...inventory, ...compared("the file tree on the disk", signed, tree)];
  const text =
    "the disk was not read again: that its files are those that were signed is not shown";
  return [...inventory, open(text)];
};

const scanSentences = (proof: ImageProof, seen: Seen): Sentence[] => {
  const scan = proof.statements.find(
    ({ statement }) => statement.predicateType === vulnerabilitiesType,
  );
  if (scan === undefined) return [open("nothing was signed of its vulnerabilities")];
  const said = ScanPredicate.safeParse(scan.statement.predicate);
  if (!said.success) {
    return [open("what was signed of its vulnerabilities is of a version that is not known here")];
  }
  return [good(scanText(said.data)), ...reportSentence(proof, scanFile, seen)];
};

const scanText = (said: ScanPredicate): string => {
  const { scanner, ovenbird_unscanned: unseen, metadata } = said;
  const { uri, version, db } = scanner;
  const who = `${uri}${version === undefined ? "" : ` (${version})`}`;
  const age = db === undefined ? "of what age is not told" : `as of ${db.lastUpdate}`;
  const passed = unseen.length === 0 ? "" : `; it did not look at ${unseen.length} packages`;
  return `vulnerabilities were looked for by ${who} on ${metadata.scanFinishedOn}, ${age}: ${counted(said)}${passed}`;
};

const counted = (said: ScanPredicate): string => {
  const counts = severityCounts(toldIn(said)).map(([level, count]) => `${count} ${level}`);
  return counts.length === 0 ? "none was found" : counts.join(", ");
};

const byproduct = ({ provenance }: ImageProof, report: string): string | undefined => {
  const found = provenance.runDetails.byproducts.find(({ name }) => name === report);
  const sha256 = found?.digest?.["sha256"];
  return sha256 === undefined ? undefined : `sha256:${sha256}`;
};

/** A report that is kept beside the image; one that is not there is not compared. */
const reportSentence = (proof: ImageProof, name: string, { reports = {} }: Seen): Sentence[] =>
  compared(name, byproduct(proof, name), reports[name]);

const verdictSentences = (proof: ImageProof, seen: Seen): Sentence[] => {
  const signed = byproduct(proof, verdictFile);
  if (signed === undefined) return [open("no verdict of policy on it was signed")];
  const held = reportSentence(proof, verdictFile, seen);
  if (held.length > 0) return [...held, ...judgedSentences(proof, seen)];
  return [good(`policy's verdict is the file whose SHA-256 is ${signed.slice("sha256:".length)}`)];
};

const judgedSentences = ({ subject }: ImageProof, { judged }: Seen): Sentence[] => {
  if (judged === undefined) return [open("which inventory policy judged is not in its verdict")];
  return compared(
    "the inventory that policy judged",
    digestOfSubject(subject, "inventory"),
    judged,
  );
};
