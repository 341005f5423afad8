import type { ImageProof } from "../core/statement/prove-image.ts";
import { vulnerabilitiesType } from "../core/statement/make-scan.ts";
import { verdictReport } from "../core/statement/reports.ts";
import { subjectNames } from "../core/statement/subjects.ts";
import type { Seen } from "./proofs.ts";

export interface Sentence {
  /** Whether it says what is proven, or what is not. */
  proven: boolean;
  /** Whether it says that something is other than what was signed. */
  isBroken: boolean;
  text: string;
}

const good = (text: string): Sentence => ({ proven: true, isBroken: false, text });
const open = (text: string): Sentence => ({ proven: false, isBroken: false, text });
const bad = (text: string): Sentence => ({ proven: false, isBroken: true, text });

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
    ...subjectSentences(proof, seen),
    scanSentence(proof),
    verdictSentence(runDetails.byproducts),
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

const subjectSentences = ({ subject }: ImageProof, seen: Seen): Sentence[] =>
  [
    compared("the inventory", digestOf(subject, "inventory"), seen.inventory),
    treeSentence(digestOf(subject, "tree"), seen),
    compared("the disk's file", digestOf(subject, "disk"), seen.disk),
  ].flat();

const digestOf = (subject: ImageProof["subject"], kind: keyof typeof subjectNames) => {
  const found = subject.find(({ name }) => name.endsWith(`/${subjectNames[kind]}`));
  const sha256 = found?.digest["sha256"];
  return sha256 === undefined ? undefined : `sha256:${sha256}`;
};

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

const scanSentence = ({ statements }: ImageProof): Sentence => {
  const scan = statements.find(({ statement }) => statement.predicateType === vulnerabilitiesType);
  if (scan === undefined) return open("nothing was signed of its vulnerabilities");
  return good("what was known of its vulnerabilities when it was baked was signed as well");
};

const verdictSentence = (byproducts: Resources): Sentence => {
  const verdict = byproducts.find(({ name }) => name === verdictReport);
  if (verdict === undefined) return open("no verdict of policy on it was signed");
  return good(`policy's verdict is the file whose SHA-256 is ${verdict.digest?.["sha256"]}`);
};
