import { afterAll, beforeAll, describe } from "vitest";
import { ec2Builders } from "../../aws/builders.ts";
import { describeBuilders } from "../contracts/builders.ts";
import { openAws } from "../support/aws-machines.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

describe.skipIf(noMoto !== "")(`builders on EC2${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => void (moto = await openMoto()));
  afterAll(async () => moto[Symbol.asyncDispose]());

  const open = async () => {
    const aws = await openAws(moto);
    return { ...aws, builders: ec2Builders(aws) };
  };

  describeBuilders("AWS", open);
});
