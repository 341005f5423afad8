import { execFile } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { S3Client } from "@aws-sdk/client-s3";
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Stage } from "../../aws/stage.ts";
import { policy, policyKey } from "../../cli/selftest/recipes.ts";
import { sstDeployments } from "../../cli/selftest/sst-deployments.ts";
import { buildFunctions } from "../../pack/functions.ts";
import { built } from "../../stacks/built.ts";
import { createStack } from "../support/create-stack.ts";
import { topFolder } from "../support/sources.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { version } from "../support/moto-stage.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const maxBuffer = 64 * 1024 ** 2;

test("npm finds the lockfile of SST whole, which it installs nothing without", async () => {
  await using folder = await temporaryFolder();
  for (const file of ["package.json", "package-lock.json"]) {
    await copyFile(join("deploy", file), join(folder.path, file));
  }
  // what it would do is said by name, and nothing is installed
  const { stdout } = await run("npm", ["ci", "--dry-run"], { cwd: folder.path, maxBuffer });
  expect(stdout).toMatch(/^add sst 2\./m);
});

describe.skipIf(noMoto !== "")(`SST, which is installed for this${noMoto}`, () => {
  test.each(["build", "deploy"])("%s: the stage is made", async (command) => {
    await using moto = await openMoto();
    await bootstrap(moto);
    await using _ = await inPlace();
    const { stdout } = await sst(moto, command);
    if (command === "build") return expect(stdout).toContain("Built");
    expect(stdout).toContain("Deployed");
    const sfn = new SFNClient(moto.client);
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines.map(({ name }) => name)).toEqual(["ovenbird-try-bake"]);
    const ask = new GetParameterCommand({ Name: "/ovenbird/try/stage" });
    const { Parameter } = await new SSMClient(moto.client).send(ask);
    expect(Stage.parse(JSON.parse(Parameter?.Value ?? "")).name).toBe("try");
  });
});

describe.skipIf(noMoto !== "")(`the selftest's stage, by SST${noMoto}`, () => {
  afterEach(() => vi.unstubAllEnvs());

  test("is deployed as everybody's, opened, emptied, and told with what is left when it does not go", async () => {
    await using moto = await openMoto();
    await bootstrap(moto);
    await using _ = await inPlace();
    const { endpoint, region, credentials } = moto.client;
    vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
    vi.stubEnv("AWS_REGION", region);
    vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
    const program = [process.execPath, "deploy/run.ts"];
    const commands = {
      deploy: [...program, "deploy", "--stage"],
      remove: [...program, "remove", "--stage"],
    };
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    const deployments = await sstDeployments({ top: topFolder, commands, say });
    // shorter than the selftest's own: moto leaves eight letters of it in the names of buckets
    const name = "st-0a1b";
    const parameters = join(topFolder, "deploy/stages", `${name}.yaml`);
    try {
      await deployments.deploy(name);
      expect(said.join("\n")).toContain("Deployed");
      const tested = await deployments.open(name);
      expect(tested.stage).toMatchObject({ name, account: "123456789012", region });
      await version(s3On(moto), tested.stage.recipeBucket);
      await tested.push({ key: policyKey, content: Buffer.from(policy), parameters: {} });
      expect(await tested.remains()).toEqual([]);
      expect(await tested.told()).toEqual([]);
      await tested.empty();
      const traces = (await deployments.traces(name)).map(({ kind, id }) => `${kind} ${id}`);
      expect(traces).toContain(`log group /aws/events/ovenbird/${name}`);
      expect(traces).toContain(`parameter /ovenbird/${name}/stage`);
      expect(traces).toContain(`bucket ${tested.stage.recipeBucket}`);
      expect(traces).toContain(`bucket ${tested.stage.artifactBucket}`);
      // moto cannot remove a network in the order in which CloudFormation does
      await expect(deployments.remove(name)).rejects.toThrow(/remove --stage .*ended with/);
      expect(existsSync(parameters)).toBe(true);
    } finally {
      rmSync(parameters, { force: true });
    }
  });
});

const s3On = ({ client }: Moto) => new S3Client({ ...client, forcePathStyle: true });

const sst = async ({ client }: Moto, command: string) =>
  run(process.execPath, ["deploy/run.ts", command, "--stage", "try", "--region", client.region], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: client.endpoint,
      AWS_ACCESS_KEY_ID: client.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: client.credentials.secretAccessKey,
    },
    maxBuffer,
  });

/** What is built before a deployment: the agent's archives stand for themselves where there are none. */
const inPlace = async (): Promise<AsyncDisposable> => {
  await buildFunctions(built.functions);
  const absent = Object.values(built.agentPackages).filter((path) => !existsSync(path));
  for (const path of absent) writeFileSync(path, path);
  return { [Symbol.asyncDispose]: async () => absent.forEach((path) => rmSync(path)) };
};

/** As if CDK and SST had been here: their own stacks have custom resources, which moto cannot run. */
const bootstrap = async (moto: Moto) => {
  const bucket = `cdk-hnb659fds-assets-123456789012-${moto.client.region}`;
  const Resources = {
    Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName: bucket } },
    Version: {
      Type: "AWS::SSM::Parameter",
      Properties: { Name: "/cdk-bootstrap/hnb659fds/version", Type: "String", Value: "30" },
    },
  };
  const outputs = { BucketName: bucket, BootstrapVersion: "30" };
  await createStack(moto, "CDKToolkit", stack(Resources, outputs));
  const Topic = { Type: "AWS::SNS::Topic" };
  await createStack(moto, "SSTBootstrap", stack({ Topic }, { BucketName: bucket, Version: "7.4" }));
};

const stack = (Resources: object, outputs: Record<string, string>): string =>
  JSON.stringify({
    Parameters: { BootstrapVersion: { Type: "String" } },
    Resources,
    Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
  });
