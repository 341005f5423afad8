import { CreateTagsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { digestOf } from "../core/digest-of.ts";
import { NotFound } from "../core/errors.ts";
import { verdictFile, verdictText } from "../core/policy/verdict.ts";
import type { Verdicts } from "../core/ports.ts";
import { scanFile, scanText } from "../core/vulnerabilities/kept-scan.ts";
import { artifactKey } from "./artifacts.ts";
import { tagOf } from "./ami.ts";
import { imageOfId } from "./find-images.ts";
import { lookAgain } from "./look-again.ts";
import { type Bucket, removeObject, writeObject } from "./objects.ts";
import { tagKeys } from "./tags.ts";

export interface VerdictsWorld extends Bucket {
  ec2: EC2Client;
  /** Milliseconds between looks for what EC2 may not know yet. */
  pauses?: readonly number[];
}

/**
 * Verdicts, and scans, among the artifacts of their bakes, which stay when an image is rejected; and
 * on the image itself how it ended, with the digest of the whole. The role that writes these tags
 * may do so on candidates only: of a published image nobody's does.
 */
export const s3Verdicts = (aws: VerdictsWorld): Verdicts => ({
  async keep(bake, imageId, { verdict, scan }) {
    const text = verdictText(verdict);
    // EC2 may not know for some seconds what it just registered
    const ami = await lookAgain(() => imageOfId(aws, imageId), aws.pauses);
    // a call that was lost and comes late: what is signed names what was kept by then
    if (ami !== undefined && tagOf(ami, "state") === "published") return;
    const scanKey = artifactKey(bake, scanFile);
    if (scan === undefined) await removeObject(aws, scanKey);
    else await writeObject(aws, scanKey, scanText(scan), { type: "application/json" });
    await writeObject(aws, artifactKey(bake, verdictFile), text, { type: "application/json" });
    if (ami === undefined) {
      throw new NotFound(`the candidate ${imageId} was removed while it was judged; bake again`);
    }
    const Tags = [
      { Key: tagKeys.verdict, Value: verdict.passed ? "passed" : "failed" },
      { Key: tagKeys.verdictDigest, Value: digestOf(text) },
    ];
    await aws.ec2.send(new CreateTagsCommand({ Resources: [imageId], Tags }));
  },
});
