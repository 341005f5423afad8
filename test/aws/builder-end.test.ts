import {
  DescribeImagesCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builderEnd } from "../../aws/builder-end.ts";
import { BuilderId } from "../../core/ids.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

describe.skipIf(noMoto !== "")(`the end of a builder${noMoto}`, () => {
  let moto: Moto;
  let ec2: EC2Client;

  beforeAll(async () => {
    moto = await openMoto();
    ec2 = new EC2Client(moto.client);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  test("is told when there was one, with EC2's reason", async () => {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
    const order = { ImageId: Images[0]?.ImageId, MinCount: 1, MaxCount: 1 };
    const { Instances = [] } = await ec2.send(new RunInstancesCommand(order));
    const builderId = BuilderId.parse(Instances[0]?.InstanceId);
    expect(await builderEnd({ ec2 })(builderId)).toBeUndefined();
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [builderId] }));
    expect(await builderEnd({ ec2 })(builderId)).toEqual({
      told: `the builder ${builderId} is terminated: somebody, or a release, ended it`,
      isSpotLoss: false,
    });
  });

  test("is told of one that EC2 knows no more", async () => {
    const builderId = BuilderId.parse("i-0123456789abcdef0");
    expect(await builderEnd({ ec2 })(builderId)).toEqual({
      ...{ told: `the builder ${builderId} is gone`, isSpotLoss: false },
    });
  });
});

test.each(["Server.SpotInstanceTermination", "Server.SpotInstanceShutdown"])(
  "by %s is the loss of spot capacity",
  async (Code) => {
    const ec2 = new EC2Client({ region: "eu-west-1" });
    const builderId = BuilderId.parse("i-0123456789abcdef0");
    const instance = { State: { Name: "shutting-down" }, StateReason: { Code, Message: "Spot" } };
    const output = { $metadata: {}, Reservations: [{ Instances: [instance] }] };
    ec2.middlewareStack.add(() => async () => ({ output, response: {} }), { step: "initialize" });
    expect(await builderEnd({ ec2 })(builderId)).toEqual({
      told: `the builder ${builderId} is shutting-down: EC2 took its spot capacity back`,
      isSpotLoss: true,
    });
  },
);
