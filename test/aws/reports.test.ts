import { afterAll, beforeAll, describe } from "vitest";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { s3Reports } from "../../aws/reports.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { reportFile } from "../../core/report/report-file.ts";
import { describeReports } from "../contracts/reports.ts";
import { bakeryOn, makeBucket } from "../support/bakery-on-moto.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { someStage } from "../support/stage.ts";

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  describeReports("S3", async () => {
    const bakery = bakeryOn(moto);
    const { aws, images, newSpec } = bakery;
    const { signingKeyArn } = someStage();
    return {
      ...bakery,
      reports: s3Reports({ ...aws, stage: { ...aws.stage, signingKeyArn } }),
      async candidate(name, drop) {
        const spec = { ...(await newSpec()), name, ...(drop && { drop }) };
        return { ...spec, imageId: await images.register(spec, noAttributes) };
      },
      publish: ({ imageId }) => images.publish(imageId),
      async pageOf({ bake, imageId }, end) {
        await (end === "published" ? images.publish(imageId) : images.release(bake));
        return s3Artifacts(aws).read(bake, reportFile);
      },
    };
  });
});
