import { afterAll, beforeAll, describe } from "vitest";
import { tagOf } from "../../aws/ami.ts";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { imageOfId } from "../../aws/find-images.ts";
import { s3Verdicts } from "../../aws/verdicts.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { describeVerdicts } from "../contracts/verdicts.ts";
import { bakeryOn, makeBucket } from "../support/bakery-on-moto.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  describeVerdicts("S3", async () => {
    const bakery = bakeryOn(moto);
    const { aws, images, newSpec } = bakery;
    return {
      ...bakery,
      verdicts: s3Verdicts(aws),
      artifacts: s3Artifacts(aws),
      async candidate() {
        const spec = await newSpec();
        return { bake: spec.bake, imageId: await images.register(spec, noAttributes) };
      },
      async known({ imageId }) {
        const ami = await imageOfId(aws, imageId);
        const [said, digest] = ami
          ? [tagOf(ami, "verdict"), tagOf(ami, "verdictDigest")]
          : [undefined, undefined];
        return said === undefined || digest === undefined
          ? undefined
          : { passed: said === "passed", digest };
      },
    };
  });
});
