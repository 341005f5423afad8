import type { EC2Client } from "@aws-sdk/client-ec2";
import { ImageId } from "../core/ids.ts";
import { type Dated, newestImage } from "../core/newest-image.ts";
import type { Reports } from "../core/ports.ts";
import { report } from "../core/report/page.ts";
import { reportFile } from "../core/report/report-file.ts";
import { artifactKey } from "./artifacts.ts";
import { type Ami, publishedImagesOf, tagOf } from "./find-images.ts";
import { type Bucket, writeObject } from "./objects.ts";
import type { Stage } from "./stage.ts";

export interface ReportsWorld extends Bucket {
  ec2: EC2Client;
  stage: Bucket["stage"] & Pick<Stage, "name" | "region" | "signingKeyArn">;
}

/**
 * Reports among the artifacts of their bakes, beside the verdicts. They are made while the image
 * is a candidate, so they know neither its tests nor its publication.
 */
export const s3Reports = (aws: ReportsWorld): Reports => ({
  async previous(recipe, bake) {
    const published = await publishedImagesOf(aws, recipe);
    const others = published.filter((ami) => tagOf(ami, "bake") !== bake);
    const newest = newestImage(others.map(datedOf));
    return newest && { imageId: ImageId.parse(newest.imageId), created: newest.created };
  },
  async keep(bake, about) {
    const { artifactBucket: bucket, region, signingKeyArn: signingKey } = aws.stage;
    const verification = { place: "aws", bucket, region, signingKey } as const;
    const made = new Date().toISOString();
    const page = report({ ...about, outcome: { state: "judged" }, verification, made });
    await writeObject(aws, artifactKey(bake, reportFile), page, { type: "text/html" });
  },
});

const datedOf = (ami: Ami): Dated => ({
  ...{ imageId: ami.ImageId ?? "", created: ami.CreationDate ?? "" },
  mark: tagOf(ami, "drop"),
});
