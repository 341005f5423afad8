import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { bakeMachineName } from "../../aws/bake-machine.ts";
import { s3Drops } from "../../aws/drops.ts";
import { sfnExecutions } from "../../aws/executions.ts";
import { s3Fates } from "../../aws/fates.ts";
import { s3Names } from "../../aws/names.ts";
import { stageParameter } from "../../aws/read-stage.ts";
import { retries } from "../../aws/retries.ts";
import { unpackInMemory } from "../../core/archive/unpack-memory.ts";
import { policiesIn } from "../../core/operator-policy/find.ts";
import { dropLimits } from "../../core/way-in/open-drop.ts";
import { startBake } from "../../core/way-in/start-bake.ts";
import { makeBuckets, someStage } from "../support/aws-stage.ts";
import { memoryAnnouncements } from "../support/memory-ports.ts";
import { dropOfKey, ownNetwork } from "../support/memory-way-in.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { recipeText, writeRecipe } from "./recipes.ts";
import { ovenbird, scratchFolder } from "./run-cli.ts";

describe.skipIf(noMoto !== "")(`the command line on AWS${noMoto}`, () => {
  let moto: Moto;
  let s3: S3Client;
  let sfn: SFNClient;
  const stage = someStage();

  beforeAll(async () => {
    moto = await openMoto();
    s3 = await makeBuckets(moto, stage);
    sfn = new SFNClient({ ...moto.client, ...retries });
    const definition = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}';
    const machine = { name: bakeMachineName(stage.name), definition };
    const roleArn = `arn:aws:iam::${stage.account}:role/x`;
    await sfn.send(new CreateStateMachineCommand({ ...machine, roleArn }));
    const Name = stageParameter(stage.name);
    const parameter = { Name, Value: JSON.stringify(stage), Type: "String" as const };
    await new SSMClient(moto.client).send(new PutParameterCommand(parameter));
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const environment = (more: NodeJS.ProcessEnv = {}) => ({
    ...{ ...process.env, AWS_ENDPOINT_URL: moto.client.endpoint, AWS_REGION: "eu-west-1" },
    ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    ...{ OVENBIRD_STAGE_NAME: stage.name, ...more },
  });

  const run = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    ovenbird(args, { env: environment(more) });

  /** What the stage's function does when S3's event comes. */
  const wayIn = (key: string, versionId: string) => {
    const drops = s3Drops({ s3, stage });
    const bucket = { s3, stage };
    const world = {
      ...{ drops, fates: s3Fates(bucket), names: s3Names(bucket), artifacts: s3Artifacts(bucket) },
      ...{ policies: policiesIn(drops, ownNetwork), executions: sfnExecutions({ sfn, stage }) },
      ...{ announcements: memoryAnnouncements(), given: { environment: {} } },
    };
    return startBake(world, dropOfKey(key, { bucket: stage.recipeBucket, versionId }));
  };

  const pushed = async (args: string[]) => {
    const { status, stdout, stderr } = await run(["push", ...args, "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return JSON.parse(stdout) as { bake: string; key: string; versionId: string };
  };

  test("push drops a recipe as it is, and knows its bake", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const { bake, key, versionId } = await pushed([path, "--prefix", "team"]);
    expect(key).toBe("team/small.yaml");
    expect(await wayIn(key, versionId)).toMatchObject({ outcome: "started", bake });
    const listed = await run(["bakes", "--json"]);
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({ bake, status: "running" }),
    );
    expect((await run(["bakes"])).stdout).toMatch(new RegExp(`^${bake} +small +running`, "m"));
  });

  test("push leaves what the bake fills in to the bake", async () => {
    await using folder = await scratchFolder();
    const more = "  subnet: ${IMAGE_BUILDER_SUBNET_ID}\n";
    const path = await writeRecipe(folder.path, recipeText(more));
    expect(await pushed([path])).toMatchObject({ key: "small.yaml" });
  });

  test("push drops a recipe with the files it names as a bundle, with its parameters", async () => {
    await using folder = await scratchFolder();
    const more = [
      "  parameters: { GREETING: {} }",
      "  configure:",
      "    - files: [{ path: /srv, source: site }]",
      "    - shell: { script: run.sh }",
    ];
    const path = await writeRecipe(folder.path, recipeText(`${more.join("\n")}\n`));
    await mkdir(join(folder.path, "site"));
    await writeFile(join(folder.path, "site/index.html"), "<p>");
    await writeFile(join(folder.path, "run.sh"), "#!/bin/sh\n");
    await chmod(join(folder.path, "run.sh"), 0o755);
    const state = ["--state", join(folder.path, "state")];
    const { key, versionId } = await pushed([path, "--set", "GREETING=grüße", ...state]);
    expect(key).toBe("small.tar.gz");
    const order = { Bucket: stage.recipeBucket, Key: key, VersionId: versionId };
    const { Body } = await s3.send(new GetObjectCommand(order));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    const { entries } = await unpackInMemory(key, bytes, dropLimits);
    expect([...entries.keys()]).toEqual(["run.sh", "site", "site/index.html", "small.yaml"]);
    expect(entries.get("run.sh")).toMatchObject({ mode: 0o755 });
    const fate = await wayIn(key, versionId);
    expect(fate).toMatchObject({ outcome: "started" });
  });

  test("push drops nothing that is wrong", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText("  nmae: x\n"));
    const { status, stderr } = await run(["push", path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/small.yaml:\d+:\d+: unknown key "nmae"/);
    const fine = await writeRecipe(folder.path, recipeText());
    const { stderr: said } = await run(["push", fine, "--prefix", "policies"]);
    expect(said).toContain("below policies/ are policies");
  });

  test("logs show what the agent said, and stop ends the bake with their exit code", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const { bake, key, versionId } = await pushed([path]);
    await wayIn(key, versionId);
    const logs = new CloudWatchLogsClient(moto.client);
    const place = { logGroupName: stage.agentLogGroup, logStreamName: bake };
    await logs.send(new CreateLogGroupCommand(place));
    await logs.send(new CreateLogStreamCommand(place));
    const now = Date.now();
    const said = [
      { event: "step-started", at: now, step: "install nginx" },
      { event: "step-output", at: now + 1, step: "install nginx", text: "Reading lists\n" },
    ].map((event) => ({ timestamp: event.at, message: JSON.stringify(event) }));
    const logEvents = [...said, { timestamp: now + 2, message: "not ours" }];
    await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
    const following = run(["logs", bake]);
    const { stdout } = await run(["stop", bake]);
    expect(stdout).toBe(`stopped ${bake}; what it holds is released\n`);
    const ended = await following;
    expect(ended.status).toBe(1);
    // moto forgets who stopped it
    expect(ended.stderr).toBe("error: BakeStopped: the execution was stopped\n");
    expect(ended.stdout).toContain(`bake ${bake} of small\n`);
    expect(ended.stdout).toMatch(/install nginx\n[^]*Reading lists\n[^]*stopped in /);
    expect((await run(["stop", bake])).stdout).toContain("had ended before: it was stopped");
  });

  test("bake looks on until the end, and says why a drop was refused", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const baking = run(["bake", path, "--on", "aws", "--prefix", "refused"]);
    const Bucket = stage.recipeBucket;
    for (;;) {
      const found = await s3
        .send(new GetObjectCommand({ Bucket, Key: "refused/small.yaml" }))
        .catch(() => undefined);
      if (found?.VersionId === undefined) {
        await sleep(200);
        continue;
      }
      await s3Names({ s3, stage }).claim("small", "another");
      await wayIn("refused/small.yaml", found.VersionId);
      break;
    }
    const { status, stderr } = await baking;
    expect(status).toBe(1);
    expect(stderr).toMatch(/refused\/small.yaml:2:9: the image name small belongs to another\//);
  });

  test("a stage that is not there is told with the region that was looked in", async () => {
    const { status, stderr } = await run(["bakes", "--stage", "nowhere"]);
    expect(status).toBe(5);
    expect(stderr).toContain("there is no stage nowhere in eu-west-1");
    expect((await run(["bakes", "--stage", "No"])).status).toBe(2);
  });

  test.each(["logs", "stop"])("%s of a bake that is not there says so", async (command) => {
    const { status, stderr } = await run([command, "web-0123456789abcdef-1"]);
    expect(status).toBe(5);
    expect(stderr).toContain("there is no bake web-0123456789abcdef-1");
  });
});

test.each([
  { args: ["--on", "aws", "--no-cache"], says: "--no-cache is only for bakes on this machine" },
  { args: ["--on", "aws", "--keep-builder"], says: "--keep-builder is only for bakes on this" },
  { args: ["--stage", "dev"], says: "--stage is only for bakes --on aws" },
])("bake $args is a usage error, as it would not be looked at", async ({ args, says }) => {
  const { status, stderr } = await ovenbird(["bake", "x.yaml", ...args]);
  expect(status).toBe(2);
  expect(stderr).toContain(says);
});
