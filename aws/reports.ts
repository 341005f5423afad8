import type { EC2Client } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { BakeId, ImageId } from "../core/ids.ts";
import { type Dated, newestImage } from "../core/newest-image.ts";
import type { Reports } from "../core/ports.ts";
import { report } from "../core/report/page.ts";
import { reportFile } from "../core/report/report-file.ts";
import { artifactKey } from "./artifacts.ts";
import { type Ami, tagOf } from "./ami.ts";
import { publishedImagesOf } from "./find-images.ts";
import { type Bucket, writeObject } from "./objects.ts";
import { sharedLook } from "./shared-look.ts";
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
    const ask = () => lookAtNewest(aws, recipe);
    const look = { name: `newest-${recipe}`, schema: Newest, fresh, ask };
    const other = (await sharedLook(aws, look)).sight.find((one) => one.bake !== bake);
    return other && { imageId: other.imageId, created: other.created };
  },
  async keep(bake, about) {
    const { artifactBucket: bucket, region, signingKeyArn: signingKey } = aws.stage;
    const verification = { place: "aws", bucket, region, signingKey } as const;
    const made = new Date().toISOString();
    const page = report({ ...about, outcome: { state: "judged" }, verification, made });
    await writeObject(aws, artifactKey(bake, reportFile), page, { type: "text/html" });
  },
});

/** The newest of a recipe's published images, and the one before: one of them is another bake's. */
const Newest = z
  .array(z.strictObject({ imageId: ImageId, created: z.string(), bake: BakeId.optional() }))
  .max(2);

/** Milliseconds for which a look is for all bakes of the recipe: each is pages of all its images. */
const fresh = 5000;

const lookAtNewest = async (aws: ReportsWorld, recipe: string): Promise<z.infer<typeof Newest>> => {
  const published = (await publishedImagesOf(aws, recipe)).map(datedOf);
  const newest = newestImage(published);
  const before = newestImage(published.filter((one) => one !== newest));
  return [newest, before]
    .flatMap((one) => one ?? [])
    .map(({ imageId, created, bake }) => ({
      ...{ imageId: ImageId.parse(imageId), created },
      bake: BakeId.safeParse(bake).data,
    }));
};

const datedOf = (ami: Ami): Dated & { bake: string | undefined } => ({
  ...{ imageId: ami.ImageId ?? "", created: ami.CreationDate ?? "" },
  ...{ mark: tagOf(ami, "drop"), bake: tagOf(ami, "bake") },
});
