import { createServer } from "node:http";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import {
  CreateTagsCommand,
  CreateVolumeCommand,
  EC2Client,
  paginateDescribeVolumes,
} from "@aws-sdk/client-ec2";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bakeMachineName } from "../../aws/bake-machine.ts";
import { stageParameter } from "../../aws/read-stage.ts";
import { filters, tagKeys, tagsOf } from "../../aws/tags.ts";
import { account, makeBuckets, someStage } from "../support/aws-stage.ts";
import { someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { ovenbird } from "./run-cli.ts";

type Answer = { status?: number; error?: string; payload: unknown };

/** Lambda: moto runs functions in containers only. */
const lambdaOf = async (invoke: (order: unknown, path: string) => Promise<Answer>) => {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const answered = async () => {
      const { status = 200, error, payload } = await invoke(await json(request), path);
      response.writeHead(status, {
        "content-type": "application/json",
        ...(error !== undefined && { "x-amz-function-error": error }),
        ...(status !== 200 && { "x-amzn-errortype": "ResourceNotFoundException" }),
      });
      response.end(typeof payload === "string" ? payload : JSON.stringify(payload));
    };
    answered().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
};

/** The stage's own function, run as Lambda would run it: with the stage in its environment. */
const theFunction = async (order: unknown): Promise<Answer> => {
  const { handler } = await import("../../handlers/sweep.ts");
  return { payload: await handler(order) };
};

describe.skipIf(noMoto !== "")(`sweep on AWS${noMoto}`, () => {
  let moto: Moto;
  let ec2: EC2Client;
  const stage = someStage();

  beforeAll(async () => {
    moto = await openMoto();
    await makeBuckets(moto, stage);
    ec2 = new EC2Client(moto.client);
    const definition = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}';
    const machine = { name: bakeMachineName(stage.name), definition };
    const roleArn = `arn:aws:iam::${account}:role/x`;
    await new SFNClient(moto.client).send(new CreateStateMachineCommand({ ...machine, roleArn }));
    const parameter = { Name: stageParameter(stage.name), Value: JSON.stringify(stage) };
    const ssm = new SSMClient(moto.client);
    await ssm.send(new PutParameterCommand({ ...parameter, Type: "String" }));
    // the function's own surroundings: its handler is run here as Lambda would run it
    Object.assign(process.env, environment(moto.client.endpoint));
    process.env["OVENBIRD_STAGE"] = JSON.stringify(stage);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const environment = (lambda: string) => ({
    ...{ AWS_ENDPOINT_URL: moto.client.endpoint, AWS_ENDPOINT_URL_LAMBDA: lambda },
    ...{ AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    ...{ OVENBIRD_STAGE_NAME: stage.name },
  });

  const sweeping = async (args: string[], invoke: (order: unknown) => Promise<Answer>) => {
    const asked: { order: unknown; path: string }[] = [];
    await using lambda = await lambdaOf((order, path) => {
      asked.push({ order, path });
      return invoke(order);
    });
    const env = { ...process.env, ...environment(lambda.endpoint) };
    return { asked, ...(await ovenbird(["sweep", "--on", "aws", ...args], { env })) };
  };

  /** A disk of a bake that nobody knows. */
  const leaveDisk = async () => {
    const bake = someBake();
    const order = { AvailabilityZone: "eu-west-1a", Size: 1 };
    const { VolumeId = "" } = await ec2.send(new CreateVolumeCommand(order));
    const Tags = tagsOf({ stage, bake, role: "working-disk" }, { [tagKeys.builder]: "i-0" });
    await ec2.send(new CreateTagsCommand({ Resources: [VolumeId], Tags }));
    return { bake, VolumeId };
  };

  const disks = async (): Promise<string[]> => {
    const found: string[] = [];
    const Filters = filters(stage, { role: "working-disk" });
    for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, { Filters })) {
      found.push(...Volumes.flatMap(({ VolumeId }) => VolumeId ?? []));
    }
    return found;
  };

  test("says with --dry-run what the stage's function would release, which releases nothing", async () => {
    const { bake, VolumeId } = await leaveDisk();
    const dry = await sweeping(["--dry-run"], theFunction);
    expect({ status: dry.status, stderr: dry.stderr }).toEqual({ status: 0, stderr: "" });
    expect(dry.stdout).toMatch(/^BAKE +WHY +KIND +ID +DONE\n/);
    expect(dry.stdout).toContain(
      `${bake}  its bake has ended  disk  ${VolumeId}  would be released\n`,
    );
    expect(dry.asked).toEqual([
      {
        order: { dryRun: true },
        path: `/2015-03-31/functions/ovenbird-${stage.name}-sweep/invocations`,
      },
    ]);
    expect(await disks()).toEqual([VolumeId]);
    const { stdout, asked } = await sweeping(["--json"], theFunction);
    expect(asked[0]?.order).toEqual({ dryRun: false });
    expect(JSON.parse(stdout)).toEqual({
      ...{ dryRun: false, copies: {} },
      bakes: [{ bake, because: "dead", things: [{ kind: "disk", id: VolumeId }] }],
    });
    expect(await disks()).toEqual([]);
    const after = await sweeping([], theFunction);
    expect(after).toMatchObject({ status: 0, stdout: "" });
    expect(after.stderr).toBe(`nothing is left by any bake of the stage ${stage.name}\n`);
  });

  test("shows bakes that are stopped, and copies of stock images", async () => {
    const bake = someBake();
    const report = {
      ...{ dryRun: false, copies: { "ami-00000000000000001": "ami-00000000000000002" } },
      bakes: [{ bake, because: "overdue", things: [] }],
    };
    const { stdout } = await sweeping([], async () => ({ payload: report }));
    expect(
      stdout
        .split("\n")
        .slice(1, 3)
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      [bake, "takes longer than it may", "-", "-", "stopped"],
      [
        ...["-", "copy of ami-00000000000000002 that nothing needs", "image"],
        ...["ami-00000000000000001", "removed"],
      ],
    ]);
  });

  test("tells a function's error in words", async () => {
    const payload = { errorType: "RequestLimitExceeded", errorMessage: "too many", trace: [] };
    const { status, stdout, stderr } = await sweeping([], async () => ({
      ...{ error: "Unhandled", payload },
    }));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: the function ovenbird-\w+-sweep failed with RequestLimitExceeded: too many\. What it had released by then stays released; the log group \/aws\/lambda\/ovenbird-\w+-sweep has/,
    );
  });

  test("says that another version answered, and that there is no function", async () => {
    const other = await sweeping([], async () => ({ payload: { bakes: "none" } }));
    expect(other.status).toBe(1);
    expect(other.stderr).toContain("did not answer as this version's does");
    const none = await sweeping([], async () => ({ status: 404, payload: { Message: "no" } }));
    expect(none.status).toBe(5);
    expect(none.stderr).toContain(`deploy the stage ${stage.name} again`);
  });
});

test("--dry-run is for AWS, as a sweep here would not look at it", async () => {
  const { status, stderr } = await ovenbird(["sweep", "--dry-run"]);
  expect(status).toBe(2);
  expect(stderr).toContain("--dry-run is only for sweeps --on aws");
});

test("a command without credentials says how to get some", async () => {
  const {
    AWS_PROFILE: _,
    AWS_ACCESS_KEY_ID: __,
    AWS_SECRET_ACCESS_KEY: ___,
    ...rest
  } = process.env;
  const none = { AWS_EC2_METADATA_DISABLED: "true", HOME: "/nonexistent" };
  const at = { AWS_REGION: "eu-west-1" };
  const { status, stderr } = await ovenbird(["bakes"], { env: { ...rest, ...none, ...at } });
  expect({ status, stderr }).toEqual({
    status: 3,
    stderr:
      "error: no credentials of an AWS account were found: log in, as by `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n",
  });
});
