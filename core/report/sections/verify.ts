import type { ReportData, Section } from "../data.ts";
import { markup, type Markup, nothing } from "../markup.ts";
import { code, factsList } from "./facts-list.ts";

/** The commands by which others find that all this is so: docs/provenance.md. */
export const verify = (data: ReportData): Section => ({
  ...{ id: "verify", title: "How to verify" },
  body: isGone(data) ? gone(data) : commands(data),
});

const isGone = ({ outcome, verdict }: ReportData): boolean =>
  outcome.state === "judged" ? verdict?.passed === false : outcome.state !== "published";

const gone = ({ image, verification }: ReportData): Markup => {
  const where =
    verification.place === "aws"
      ? markup`<code>s3://${verification.bucket}/bakes/${image.bake}/verdict.json</code>`
      : markup`<code>logs/${image.bake}.verdict.json</code> in the state directory`;
  return markup`<p>The image was removed and nothing was signed of it, so there is nothing to verify. What policy said of it is kept as ${where}.</p>`;
};

const commands = (data: ReportData): Markup =>
  data.verification.place === "aws"
    ? onAws(data, data.verification)
    : here(data, data.verification);

type Verification = ReportData["verification"];
type Here = Extract<Verification, { place: "machine" }>;
type Aws = Extract<Verification, { place: "aws" }>;

const block = (...lines: readonly string[]): Markup =>
  markup`<pre><code>${lines.map((line, at) =>
    at === 0
      ? markup`${line}`
      : markup`
${line}`,
  )}</code></pre>`;

const here = ({ image, contents }: ReportData, { keyId, statement }: Here): Markup => {
  if (statement === undefined) {
    return markup`<p>Nothing was signed of this image, so only its disk can be held against its inventory.</p>${block(`sudo ovenbird verify ${image.imageId}`)}`;
  }
  return markup`<ol class="ways">
<li><p>Read the disk again, on the machine that baked it. It says what is proven and what is not, and names every path that differs.</p>
${block(`sudo ovenbird verify ${image.imageId}`)}</li>
<li><p>Elsewhere, with openssl alone: take the statements and the public key.</p>
${block(`ovenbird statement ${image.imageId} > statements.intoto.jsonl`, "ovenbird key > key.pem")}
<p>Hold the file of statements against the digest that its record has, then its first line against the key.</p>
${block("sha256sum statements.intoto.jsonl", ...byOpenssl)}</li>
${byCosign(beside)}
</ol><div class="digests">${factsList([
    ["Statements", code(statement)],
    ["Key", code(keyId)],
    ["File tree", code(contents.digest)],
  ])}</div>${promise}`;
};

const onAws = ({ image, contents }: ReportData, aws: Aws): Markup => {
  const { bucket, region, signingKey } = aws;
  const from = `aws s3 cp --region ${region} s3://${bucket}`;
  const { imageId, bake } = image;
  return markup`<p>Once it is published:</p><ol class="ways">
<li><p>Take the statements, the inventory, and the public key.</p>
${block(
  `${from}/images/${imageId}.intoto.jsonl statements.intoto.jsonl`,
  `${from}/bakes/${bake}/inventory.json.gz inventory.json.gz`,
  `aws kms get-public-key --region ${region} --key-id ${signingKey} --query PublicKey --output text | base64 -d | openssl pkey -pubin -inform der > key.pem`,
)}</li>
<li><p>Hold the file of statements against the AMI's tag <code>ovenbird:statement</code>.</p>
${block(
  "sha256sum statements.intoto.jsonl",
  `aws ec2 describe-images --region ${region} --image-ids ${imageId} --query "Images[].Tags[?Key=='ovenbird:statement'].Value" --output text`,
)}</li>
<li><p>Verify its first line, with openssl alone.</p>${block(...byOpenssl)}</li>
${byCosign(nothing)}
</ol><div class="digests">${factsList([
    ["Key", code(signingKey)],
    ["File tree", code(contents.digest)],
  ])}</div>${promise}`;
};

/** As docs/provenance.md has them; a test holds one against the other. */
export const byOpenssl: readonly string[] = [
  "head -n 1 statements.intoto.jsonl > envelope.json",
  "jq -r .payload envelope.json | base64 -d > payload",
  "jq -r '.signatures[0].sig' envelope.json | base64 -d > signature",
  "type=$(jq -r .payloadType envelope.json)",
  `{ printf 'DSSEv1 %d %s %d ' "\${#type}" "$type" "$(wc -c < payload)"; cat payload; } > signed`,
  "openssl dgst -sha256 -verify key.pem -signature signature signed",
  "jq . payload",
];

const byCosign = (where: Markup): Markup =>
  markup`<li><p>Or with cosign, which finds the inventory among the statement's subjects by its SHA‑256.${where}</p>
${block(
  "cosign verify-blob-attestation --key key.pem --insecure-ignore-tlog --type slsaprovenance1 --signature envelope.json inventory.json.gz",
)}</li>`;

const beside = markup` It lies beside the image's disk, whose path <code>ovenbird show</code> tells.`;

const promise = markup`<p class="note"><code>Verified OK</code> says that whoever has that key signed what is in <code>payload</code>. This page itself is not signed: where it says something else, the statements are right.</p>`;
