import { type Ami, rootSnapshot, tagOf } from "../../aws/ami.ts";
import type { Stage } from "../../aws/stage.ts";
import { isWatermarked, watermarkKey } from "../../aws/watermark.ts";
import { verdictFile } from "../../core/policy/verdict.ts";
import type { ImageProof } from "../../core/statement/prove-image.ts";
import { bad, good, open, type Sentence } from "../proof-sentences.ts";

/** What EC2 says of an image, held against what was signed of it. */
export const amiSentences = (
  ami: Ami | undefined,
  proof: ImageProof | undefined,
  stage: Pick<Stage, "name" | "account" | "region">,
): Sentence[] => {
  if (ami === undefined) {
    return [
      bad(
        `EC2 knows no such image in ${stage.region}: it was deregistered, or is not shared with this account`,
      ),
    ];
  }
  return [
    ...ownerSentences(ami, stage),
    ...(proof === undefined ? [] : [...diskSentences(ami, proof), ...tagSentences(ami, proof)]),
    watermarkSentence(ami, stage),
    open(howToRead(ami)),
  ];
};

const held = (what: string, signed: string | undefined, told: string | undefined): Sentence =>
  signed === told
    ? good(`${what} is the one that was signed: ${told}`)
    : bad(`${what} is ${told ?? "not told"}, and ${signed ?? "none"} was signed`);

const ownerSentences = (ami: Ami, { name, account }: Pick<Stage, "name" | "account">) => {
  const { OwnerId, State, Public } = ami;
  const stageTag = tagOf(ami, "stage");
  return [
    OwnerId === account
      ? good(`EC2 says that it is of the account ${account}`)
      : bad(`EC2 says that it is of the account ${OwnerId}, and the stage is of ${account}`),
    stageTag === name
      ? good(`its tags say that it is of the stage ${name}`)
      : bad(
          `its tags say that it is of ${stageTag === undefined ? "no stage" : `the stage ${stageTag}`}`,
        ),
    ...(State === "available" ? [] : [open(`EC2 has it ${State}`)]),
    ...(Public === true ? [open("everybody may launch it")] : []),
  ];
};

const diskSentences = (ami: Ami, { provenance }: ImageProof): Sentence[] => {
  const { snapshotId, architecture } = provenance.buildDefinition.internalParameters.image;
  const root = rootSnapshot(ami);
  const more = (ami.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
  const others = more.filter((one) => one !== root);
  return [
    held("the snapshot that it begins as", snapshotId, root),
    held("its architecture", architecture, ami.Architecture),
    ...(others.length === 0
      ? []
      : [open(`nothing was signed of its other disks: ${others.join(", ")}`)]),
  ];
};

/** Whoever may tag images can write these: they agree, or somebody did. */
const tagSentences = (ami: Ami, { digest, provenance }: ImageProof): Sentence[] => {
  const { metadata, byproducts } = provenance.runDetails;
  const verdict = byproducts.find(({ name }) => name === verdictFile)?.digest?.["sha256"];
  const state = tagOf(ami, "state");
  return [
    held("the bake in its tags", metadata.invocationId, tagOf(ami, "bake")),
    held("the digest of statements in its tags", digest, tagOf(ami, "statement")),
    ...(verdict === undefined
      ? []
      : [
          held(
            "the digest of policy's verdict in its tags",
            `sha256:${verdict}`,
            tagOf(ami, "verdictDigest"),
          ),
        ]),
    ...(state === "published"
      ? []
      : [bad(`its tags say that it is ${state ?? "nothing"}, not published`)]),
  ];
};

const watermarkSentence = (ami: Ami, stage: Pick<Stage, "name" | "account">): Sentence =>
  isWatermarked(ami, stage)
    ? good(`it has the stage's watermark, ${watermarkKey(stage)}`)
    : open(`it has no watermark ${watermarkKey(stage)}`);

/** A snapshot's bytes are read by nobody but a machine that has a disk of them. */
const howToRead = (ami: Ami): string =>
  `the disk was not read: attach a volume of ${rootSnapshot(ami) ?? "its snapshot"} to a machine, copy it to a file, and run \`ovenbird verify FILE --against inventory.json.gz --statements image.intoto.jsonl --key KEY\` there (docs/provenance.md)`;
