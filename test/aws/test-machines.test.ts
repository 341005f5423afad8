import { EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestReport } from "../../aws/test-machine/report.ts";
import { ec2TestMachines } from "../../aws/test-machines.ts";
import { NotFound } from "../../core/errors.ts";
import type { ImageId } from "../../core/ids.ts";
import type { ImageTest } from "../../core/job.ts";
import { ec2Error, first, jsonReply, ssmError } from "../support/aws-front.ts";
import { openAws } from "../support/aws-machines.ts";
import { bootedMachine } from "../support/booted-machine.ts";
import { answerCommands, consoleReply, recipeWith, someImage } from "../support/candidates.ts";
import { memoryArtifacts } from "../support/memory-ports.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

const serves: ImageTest = { name: "serves", command: "echo served", timeout: 10 };
const breaks: ImageTest = { name: "breaks", command: "echo broken; exit 7", timeout: 10 };

describe.skipIf(noMoto !== "")(`test machines on EC2${noMoto}`, () => {
  let moto: Moto;
  let imageId: ImageId;
  beforeAll(async () => {
    moto = await openMoto();
    const ec2 = new EC2Client(moto.client);
    imageId = await someImage(ec2);
    ec2.destroy();
  });
  afterAll(async () => moto[Symbol.asyncDispose]());

  const open = async (tests: ImageTest[] = [serves]) => {
    await using stack = new AsyncDisposableStack();
    const aws = stack.use(await openAws(moto));
    const machine = stack.use(await bootedMachine());
    const artifacts = memoryArtifacts();
    const machines = ec2TestMachines({ ...aws, artifacts });
    const bake = await aws.newBake();
    const order = { bake, imageId, recipe: recipeWith(tests) };
    const runCommand = answerCommands(aws.front, machine);
    const held = stack.move();
    return {
      ...{ ...aws, artifacts, machines, bake, imageId, order, runCommand },
      once: () =>
        machines.run(order).then(
          (report) => ({ name: "", message: "", report }),
          ({ name, message }: Error) => ({ name, message, report: undefined }),
        ),
      calls: (action: string) => aws.front.calls.filter((call) => call.action === action),
      kept: async () =>
        TestReport.parse(JSON.parse(await artifacts.read(bake, "test-report.json"))),
      states: async () => (await aws.instances()).map(({ state }) => state),
      /** Changes what EC2 says of instances. */
      told: (from: string | RegExp, to: string) =>
        aws.front.on("DescribeInstances", async (_, forward) => {
          const { status, body } = await forward();
          return { status, body: body.replaceAll(from, to) };
        }),
      age(minutes: number) {
        const launched = new Date(Date.now() - minutes * 60_000).toISOString();
        this.told(/<launchTime>[^<]+/g, `<launchTime>${launched}`);
      },
      offline: () =>
        aws.front.on("DescribeInstanceInformation", () =>
          jsonReply({ InstanceInformationList: [] }),
        ),
      console: (text: string) => aws.front.on("GetConsoleOutput", () => consoleReply(text)),
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  };

  test("start the candidate with no way in, and end it with all its disks", async () => {
    await using world = await open();
    expect(await world.once()).toMatchObject({
      name: "TestsRunning",
      message: expect.stringMatching(
        /^the test machine i-\w+ of ami-\w+ was started: m7i-flex.large/,
      ),
    });
    const { params } = world.calls("RunInstances")[0] ?? {};
    expect(params).toMatchObject({
      ...{ ImageId: world.imageId, InstanceInitiatedShutdownBehavior: "terminate" },
      "MetadataOptions.HttpTokens": "required",
      "SecurityGroupId.1": world.stage.network.securityGroupId,
      "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
    });
    expect(Object.values(params ?? {})).toEqual(
      expect.arrayContaining([world.bake, "test-machine", world.stage.name]),
    );
    expect(params?.["KeyName"]).toBeUndefined();
    const userData = Buffer.from(params?.["UserData"] ?? "", "base64").toString();
    expect(userData).toMatch(/^#!\/bin\/sh\nshutdown -P \+38 /);
  });

  test("run the recipe's tests when the SSM agent answers, once, and are ended", async () => {
    await using world = await open([serves, { ...serves, name: "again" }]);
    const said = [await world.once(), await world.once(), await world.once()];
    expect(said.map(({ message }) => message.replace(/ i-\w+| ami-\w+/g, ""))).toEqual([
      expect.stringContaining("the test machine of was started"),
      "the test machine has booted, and its tests begin",
      "",
    ]);
    expect(said[2]?.report).toMatchObject({
      ...{ addresses: ["10.1.2.3/24"], failedUnits: [] },
      tests: [
        { name: "serves", exitCode: 0, output: "served\n" },
        { name: "again", exitCode: 0 },
      ],
    });
    expect(world.calls("SendCommand").map(({ json }) => json)).toMatchObject([
      { DocumentName: "AWS-RunShellScript", Parameters: { executionTimeout: ["480"] } },
    ]);
    expect(await world.states()).toEqual(["terminated"]);
    expect(await world.kept()).toMatchObject({ outcome: "passed", imageId: world.imageId });
  });

  test("whose tests fail are TestsFailed with what they printed, ended, and told again", async () => {
    await using world = await open([serves, breaks]);
    for (let time = 0; time < 2; time++) await world.once();
    const said = await world.once();
    expect(said).toMatchObject({
      name: "TestsFailed",
      message: 'the test "breaks" ended with status 7:\nbroken',
    });
    expect(await world.states()).toEqual(["terminated"]);
    expect(await world.kept()).toMatchObject({
      ...{ outcome: "failed", message: said.message },
      report: { tests: [{ exitCode: 0 }, { exitCode: 7 }] },
    });
    expect(await world.once()).toEqual(said);
  });

  test("that begin twice at the same time end as one", async () => {
    await using world = await open();
    await Promise.all([world.once(), world.once(), world.once()]);
    await world.once();
    expect((await world.states()).filter((state) => state === "running").length).toBe(1);
    expect((await world.once()).name).toBe("");
    expect(new Set(await world.states())).toEqual(new Set(["terminated"]));
  });

  test("wait while they start, boot, and work", async () => {
    await using world = await open();
    await world.once();
    world.told("<name>running</name>", "<name>pending</name>");
    expect((await world.once()).message).toMatch(/is starting$/);
    world.told("<name>pending</name>", "<name>running</name>");
    world.front.on(
      "DescribeInstanceInformation",
      first(1, () => jsonReply({ InstanceInformationList: [] })),
    );
    world.console("[    1.0] Run /init");
    expect((await world.once()).message).toMatch(/is booting: no SSM agent answers/);
    await world.once();
    world.front.on(
      "GetCommandInvocation",
      first(1, () => ssmError("InvocationDoesNotExist")),
    );
    expect((await world.once()).message).toMatch(/its tests are at work$/);
    world.front.on(
      "GetCommandInvocation",
      first(1, () => jsonReply({ Status: "InProgress", StandardOutputContent: "" })),
    );
    expect((await world.once()).message).toMatch(/its tests are at work$/);
    expect((await world.once()).name).toBe("");
  });

  test.each([
    ["Success", "Success", "left no report"],
    ["Failed", "Failed", "left no report"],
    ["TimedOut", "DeliveryTimedOut", "DeliveryTimedOut"],
  ])(
    "whose command ends as %s without a report are TestsFailed",
    async (Status, StatusDetails, words) => {
      await using world = await open();
      for (let time = 0; time < 2; time++) await world.once();
      const StandardErrorContent = "sh: not found";
      world.front.on("GetCommandInvocation", () =>
        jsonReply({ Status, StatusDetails, StandardErrorContent }),
      );
      const said = await world.once();
      expect(said).toMatchObject({ name: "TestsFailed", message: expect.stringContaining(words) });
      expect(said.message).toContain("sh: not found");
      expect(await world.states()).toEqual(["terminated"]);
    },
  );

  test("that are never heard of again are TestsFailed when their time is over", async () => {
    await using world = await open();
    for (let time = 0; time < 2; time++) await world.once();
    world.runCommand.requested = new Date(Date.now() - 3600_000);
    world.front.on("GetCommandInvocation", () => jsonReply({ Status: "InProgress" }));
    expect((await world.once()).message).toMatch(/the tests did not end in \d+ s/);
  });

  test("without an SSM agent pass by their console, when there is nothing to run", async () => {
    await using world = await open([]);
    await world.once();
    world.offline();
    world.console("web login: ");
    world.age(3);
    expect(await world.once()).toMatchObject({
      ...{ name: "TestsRunning", message: expect.stringContaining("shows a login prompt") },
    });
    world.age(6);
    expect((await world.once()).report).toEqual({ failedUnits: [], tests: [] });
    expect(await world.kept()).toMatchObject({ outcome: "passed", console: "web login:" });
    expect(await world.states()).toEqual(["terminated"]);
  });

  test("without an SSM agent whose recipe has tests are refused, with how to get it in", async () => {
    await using world = await open();
    await world.once();
    world.offline();
    world.console("web login: ");
    world.age(6);
    const said = await world.once();
    expect(said.name).toBe("TestsFailed");
    expect(said.message).toMatch(
      /the image booted, and its test cannot be run: no SSM agent.*amazon-ssm-agent/,
    );
  });

  test("whose kernel panics are TestsFailed after two minutes, with the console's last lines", async () => {
    await using world = await open();
    await world.once();
    world.offline();
    world.console("[ 1.0] Kernel panic - not syncing: VFS");
    world.age(3);
    expect(await world.once()).toMatchObject({
      ...{ name: "TestsFailed", message: expect.stringMatching(/did not boot;.*\n.*Kernel panic/) },
    });
  });

  test("that do not boot in time are TestsFailed, and ended", async () => {
    await using world = await open();
    await world.once();
    world.offline();
    world.console("");
    world.age(16);
    expect((await world.once()).message).toMatch(
      /did not boot in 15 minutes.*console shows nothing/,
    );
    expect(await world.states()).toEqual(["terminated"]);
  });

  test("of other than Nitro instances show the console that EC2 has", async () => {
    await using world = await open();
    await world.once();
    world.offline();
    world.console("Kernel panic - not syncing");
    world.age(3);
    world.front.on("GetConsoleOutput", ({ params }) =>
      params["Latest"] === "true" ? ec2Error("UnsupportedOperation") : undefined,
    );
    expect((await world.once()).message).toContain("Kernel panic");
  });

  test("that shut themselves down are TestsFailed, in words", async () => {
    await using world = await open();
    await world.once();
    const InstanceIds = (await world.instances()).map(({ id }) => id);
    await world.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    world.told("Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown");
    expect(await world.once()).toMatchObject({
      ...{ name: "TestsFailed", message: expect.stringContaining("shut itself down") },
    });
  });

  test.each([
    ["VcpuLimitExceeded", "TestsRunning", "Running On-Demand Standard instances"],
    ["InvalidParameterCombination", "TestsFailed", "EC2 will not start ami-"],
  ])("that EC2 answers with %s are %s", async (code, name, words) => {
    await using world = await open();
    world.front.on("RunInstances", () => ec2Error(code));
    expect(await world.once()).toMatchObject({ name, message: expect.stringContaining(words) });
  });

  test("that another call was done with meanwhile end as it said", async () => {
    await using world = await open();
    await world.once();
    await world.machines.release(world.bake);
    const report = { failedUnits: [], tests: [] };
    const kept = { version: 1, imageId: world.imageId, outcome: "passed", message: "", report };
    await world.artifacts.write(world.bake, "test-report.json", JSON.stringify(kept));
    const { read } = world.artifacts;
    let looks = 0; // the first comes before the other call wrote
    world.artifacts.read = (bake, key) =>
      key === "test-report.json" && ++looks === 1
        ? Promise.reject(new NotFound("not yet"))
        : read(bake, key);
    expect(await world.once()).toEqual({ name: "", message: "", report });
  });

  test("that AWS does not answer for are asked again", async () => {
    await using world = await open();
    await world.once();
    world.front.on("DescribeInstances", () => ec2Error("InternalError", "x", 500));
    expect(await world.once()).toMatchObject({
      ...{ name: "CloudBusy", message: expect.stringContaining("it is asked again") },
    });
  });
});
