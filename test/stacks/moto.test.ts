import { readFileSync } from "node:fs";
import { DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import {
  GetParameterCommand,
  ListDocumentsCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Stage } from "../../aws/stage.ts";
import { createStack } from "../support/create-stack.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { synthesize } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe.skipIf(noMoto !== "")(`a stage deployed to moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto();
    await using folder = await temporaryFolder();
    const { file } = synthesize(folder.path, "network: nat");
    await bootstrap(moto);
    await createStack(moto, "Ovenbird", readFileSync(file, "utf8"));
  });
  afterAll(async () => moto[Symbol.asyncDispose]());

  test("tells the command line what it is made of", async () => {
    const stage = await stageOf(moto);
    expect(stage).toMatchObject({ name: "dev", region: "eu-west-1", network: { mode: "nat" } });
    expect(new Set(stage.network.subnets.map(({ zone }) => zone)).size).toBe(2);
    expect(stage.builders.roleId).toMatch(/^AROA/);
  });

  test("has a network in which nothing comes in", async () => {
    const { network } = await stageOf(moto);
    const ec2 = new EC2Client(moto.client);
    const ask = new DescribeSecurityGroupsCommand({ GroupIds: [network.securityGroupId] });
    const { SecurityGroups: [group] = [] } = await ec2.send(ask);
    expect(group?.VpcId).toBe(network.vpcId);
    expect(group?.IpPermissions).toEqual([]);
  });

  test("has the state machine, each of its tasks on a function that is there", async () => {
    const sfn = new SFNClient(moto.client);
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    const machine = stateMachines.find(({ name }) => name === "ovenbird-dev-bake");
    const { definition = "" } = await sfn.send(
      new DescribeStateMachineCommand({ stateMachineArn: machine?.stateMachineArn }),
    );
    expect(definition).not.toContain("${");
    expect(definition).toContain(
      "arn:aws:lambda:eu-west-1:123456789012:function:ovenbird-dev-read-recipe",
    );
  });

  test("has the document that starts agents, by the name that functions are told", async () => {
    const { documentName } = await stageOf(moto);
    const filters = { Filters: [{ Key: "Owner", Values: ["Self"] }] };
    const ssm = new SSMClient(moto.client);
    const { DocumentIdentifiers = [] } = await ssm.send(new ListDocumentsCommand(filters));
    expect(DocumentIdentifiers.map(({ Name }) => Name)).toContain(documentName);
  });
});

const stageOf = async ({ client }: Moto): Promise<Stage> => {
  const ask = new GetParameterCommand({ Name: "/ovenbird/dev/stage" });
  const { Parameter } = await new SSMClient(client).send(ask);
  return Stage.parse(JSON.parse(Parameter?.Value ?? ""));
};

/** What `cdk bootstrap` makes of which templates speak: a bucket and a version. */
const bootstrap = async ({ client }: Moto) => {
  const version = {
    Name: "/cdk-bootstrap/hnb659fds/version",
    Value: "30",
    Type: "String",
  } as const;
  await new SSMClient(client).send(new PutParameterCommand(version));
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const Bucket = "cdk-hnb659fds-assets-123456789012-eu-west-1";
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket, Key: "anything", Body: "-" }));
};
