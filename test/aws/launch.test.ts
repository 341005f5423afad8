import { DeleteObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ec2Builders } from "../../aws/builders.ts";
import { type BuilderWishes, noWishes } from "../../core/builder-wishes.ts";
import type { BakeId } from "../../core/ids.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { type Call, ec2Error, first } from "../support/aws-front.ts";
import { openAws } from "../support/aws-machines.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

const spec = (wishes: Partial<BuilderWishes> = {}): BuilderSpec => ({
  ...{ architecture: "x86_64", rootVolumeSize: 2, snapshotId: null },
  wishes: { ...noWishes, ...wishes },
});

const tagsOf = ({ params }: Call, number: number) =>
  Object.entries(params).filter(([key]) => key.startsWith(`TagSpecification.${number}.Tag`));

describe.skipIf(noMoto !== "")(`the launch of a builder${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => void (moto = await openMoto()));
  afterAll(async () => moto[Symbol.asyncDispose]());

  const open = async (change: Partial<{ most: number }> = {}) => {
    const aws = await openAws(moto);
    const stage = { ...aws.stage, builders: { ...aws.stage.builders, ...change } };
    const builders = ec2Builders({ ...aws, stage });
    const runs = () => aws.front.calls.filter(({ action }) => action === "RunInstances");
    /** What a call throws: its name and its sentence. */
    const once = async (bake: BakeId, wishes: Partial<BuilderWishes> = {}) =>
      builders.provision(bake, spec(wishes)).then(
        () => ({ name: "", message: "" }),
        ({ name, message }: Error) => ({ name, message }),
      );
    /** Removes an object of the artifact bucket. */
    const lose = (Key: string) =>
      aws.s3.send(new DeleteObjectCommand({ Bucket: stage.artifactBucket, Key }));
    const living = async () =>
      (await aws.instances()).filter(({ state }) => state !== "terminated");
    return { ...aws, stage, builders, runs, once, living, lose };
  };

  test("asks for IMDSv2, an encrypted root, no key, and an end that terminates", async () => {
    await using world = await open();
    const bake = await world.newBake();
    const said = await world.once(bake);
    expect(said.name).toBe("BuilderPending");
    expect(said.message).toMatch(
      /^the builder i-\w+ of web-\w+-1 was started: m7i-flex\.large in /,
    );
    const [run] = world.runs();
    expect(run?.params).toMatchObject({
      ...{ MinCount: "1", MaxCount: "1", InstanceType: "m7i-flex.large" },
      SubnetId: world.stage.network.subnets[0]?.subnetId,
      "SecurityGroupId.1": world.stage.network.securityGroupId,
      "IamInstanceProfile.Name": world.stage.builders.instanceProfile,
      InstanceInitiatedShutdownBehavior: "terminate",
      "MetadataOptions.HttpTokens": "required",
      "MetadataOptions.HttpPutResponseHopLimit": "1",
      "MetadataOptions.InstanceMetadataTags": "enabled",
      "BlockDeviceMapping.1.Ebs.Encrypted": "true",
      "BlockDeviceMapping.1.Ebs.KmsKeyId": world.stage.keyArn,
      "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
    });
    expect(
      Object.keys(run?.params ?? {}).filter((key) => /^KeyName|MarketOptions/.test(key)),
    ).toEqual([]);
    expect(run?.params["BlockDeviceMapping.2.DeviceName"]).toBeUndefined();
  });

  test("tags instance, volumes and network interface in the call, with the bake and the stage", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    const [run] = world.runs();
    const types = [1, 2, 3, 4].map((n) => run?.params[`TagSpecification.${n}.ResourceType`]);
    expect(types).toEqual(["instance", "volume", "network-interface", undefined]);
    for (const number of [1, 2, 3]) {
      const values = tagsOf(run as Call, number).map(([, value]) => value);
      const wanted = [bake, "ovenbird:bake", world.stage.name, "ovenbird:stage", "builder"];
      expect(values).toEqual(expect.arrayContaining(wanted));
    }
  });

  test("has user data that powers the builder off when the stage's hours are over", async () => {
    await using world = await open();
    await world.once(await world.newBake());
    const text = Buffer.from(world.runs()[0]?.params["UserData"] ?? "", "base64").toString();
    expect(text).toContain(`+ ${6 * 3600}))`);
    expect(text).toContain("systemctl enable --now ovenbird-end.service");
  });

  test("goes on to the next candidate when there is no capacity, without asking again", async () => {
    await using world = await open();
    world.front.on(
      "RunInstances",
      first(3, () => ec2Error("InsufficientInstanceCapacity", "none", 500)),
    );
    expect(await world.once(await world.newBake())).toMatchObject({ name: "BuilderPending" });
    const asked = world.runs().map(({ params }) => [params["InstanceType"], params["SubnetId"]]);
    const [one, other] = world.stage.network.subnets.map(({ subnetId }) => subnetId);
    expect(asked).toEqual([
      ["m7i-flex.large", one],
      ["m7i-flex.large", other],
      ["m7a.large", one],
      ["m7a.large", other],
    ]);
    const tokens = world.runs().map(({ params }) => params["ClientToken"] ?? "");
    expect(new Set(tokens).size).toBe(4);
    expect(Math.max(...tokens.map((token) => token.length))).toBeLessThanOrEqual(64);
  });

  test.each([
    ["InsufficientFreeAddressesInSubnet", 400],
    ["Unsupported", 400],
    ["InsufficientHostCapacity", 500],
  ])("goes on after %s", async (code, status) => {
    await using world = await open();
    world.front.on(
      "RunInstances",
      first(1, () => ec2Error(code, code, status)),
    );
    expect((await world.once(await world.newBake())).message).toContain("was started");
    expect(world.runs().length).toBe(2);
  });

  test.each(["MaxSpotInstanceCountExceeded", "SpotMaxPriceTooLow", "InsufficientInstanceCapacity"])(
    "asks for spot capacity first, and on demand after %s",
    async (code) => {
      await using world = await open();
      world.front.on("RunInstances", ({ params }) =>
        params["InstanceMarketOptions.MarketType"] === "spot" ? ec2Error(code) : undefined,
      );
      const wishes = { spot: true, instanceTypes: ["c7a.large"] };
      expect((await world.once(await world.newBake(), wishes)).message).toContain("was started");
      const markets = world.runs().map(({ params }) => params["InstanceMarketOptions.MarketType"]);
      expect(markets).toEqual(["spot", "spot", undefined]);
      expect(world.runs()[0]?.params["TagSpecification.4.ResourceType"]).toBe(
        "spot-instances-request",
      );
    },
  );

  test.each(["UnauthorizedOperation", "AuthFailure.ServiceLinkedRoleCreationNotPermitted"])(
    "tells of %s that it is spot capacity that is not permitted, and asks for nothing else",
    async (code) => {
      await using world = await open();
      const words =
        "User: arn:aws:sts::123456789012:assumed-role/bakers/x is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:123456789012:spot-instances-request/*";
      world.front.on("RunInstances", () => ec2Error(code, words));
      const told = await world.once(await world.newBake(), { spot: true });
      expect(told.name).toBe("NotPermitted");
      expect(told.message).toMatch(/^a builder on spot capacity, which the recipe asks for/);
      expect(told.message).toMatch(
        /the role bakers lacks the permission ec2:RunInstances on \S*:spot-instances-request\//,
      );
      expect(world.runs().length).toBe(1);
    },
  );

  test("takes the recipe's own instance types, subnet and security group", async () => {
    await using world = await open();
    const [other, { subnetId: subnet } = { subnetId: "" }] = world.stage.network.subnets;
    const { securityGroupId } = world.stage.network;
    world.front.on(
      "RunInstances",
      first(1, () => ec2Error("InsufficientInstanceCapacity")),
    );
    await world.once(await world.newBake(), {
      ...{ instanceTypes: ["c7a.large", "c6a.large"], subnet, securityGroup: securityGroupId },
    });
    const asked = world.runs().map(({ params }) => [params["InstanceType"], params["SubnetId"]]);
    // one of the stage's own is what recipes name by a parameter: the others come after it
    expect(asked).toEqual([
      ["c7a.large", subnet],
      ["c7a.large", other?.subnetId],
    ]);
  });

  test("has a table of instance types for every size and architecture", async () => {
    await using world = await open();
    await world.once(await world.newBake(), { instanceSize: "xlarge" });
    expect(world.runs()[0]?.params["InstanceType"]).toBe("m7i-flex.4xlarge");
    await world.builders
      .provision(await world.newBake(), { ...spec(), architecture: "arm64" })
      .catch(() => undefined);
    expect(world.runs()[1]?.params["InstanceType"]).toBe("m7g.large");
  });

  test("says what was tried when there is no capacity anywhere, and waits", async () => {
    await using world = await open();
    world.front.on("RunInstances", () => ec2Error("InsufficientInstanceCapacity", "none", 500));
    const said = await world.once(await world.newBake(), { instanceTypes: ["m7a.large"] });
    expect(said.name).toBe("BuilderQueued");
    expect(said.message).toMatch(
      /waits for capacity.*m7a\.large in subnet-\w+: EC2 has no capacity; m7a/,
    );
  });

  test("fails when no zone offers what was asked for", async () => {
    await using world = await open();
    world.front.on("RunInstances", () => ec2Error("Unsupported"));
    const said = await world.once(await world.newBake(), { instanceTypes: ["m1.large"] });
    expect(said.name).toBe("BuilderFailed");
    expect(said.message).toMatch(/no zone of the network offers.*m1\.large in subnet-/);
  });

  test("fails with EC2's own words when it is refused", async () => {
    await using world = await open();
    world.front.on("RunInstances", () => ec2Error("InvalidSubnetID.NotFound", "no subnet-1"));
    const said = await world.once(await world.newBake());
    expect(said).toEqual({
      name: "BuilderFailed",
      message: expect.stringContaining("no subnet-1 (InvalidSubnetID.NotFound)"),
    });
    expect(world.runs().length).toBe(1);
  });

  test.each([
    ["VcpuLimitExceeded", "Running On-Demand Standard instances"],
    ["InstanceLimitExceeded", "quota of instances"],
    ["IdempotentParameterMismatch", "another call of the same bake"],
  ])("waits after %s, and names what for", async (code, words) => {
    await using world = await open();
    world.front.on(
      "RunInstances",
      first(1, () => ec2Error(code, code)),
    );
    const bake = await world.newBake();
    expect(await world.once(bake)).toEqual({
      name: "BuilderQueued",
      message: expect.stringContaining(words),
    });
    expect(world.runs().length).toBe(1);
    expect((await world.once(bake)).message).toContain("was started");
  });

  test("that is throttled in its turn is asked for again in the same call", async () => {
    await using world = await open();
    world.front.on(
      "RunInstances",
      first(1, () => ec2Error("RequestLimitExceeded", "slow down", 503)),
    );
    expect((await world.once(await world.newBake())).message).toContain("was started");
    const tokens = world.runs().map(({ params }) => params["ClientToken"]);
    expect([tokens.length, new Set(tokens).size]).toEqual([2, 1]);
  });

  test("whose reply is lost is asked again with its token, and one builder stays", async () => {
    await using world = await open();
    world.front.on(
      "RunInstances",
      first(3, async (_, forward) => {
        await forward();
        return ec2Error("InternalError", "an internal error has occurred", 500);
      }),
    );
    const bake = await world.newBake();
    expect(await world.once(bake)).toEqual({
      name: "CloudBusy",
      message: expect.stringContaining("InternalError"),
    });
    // moto forgets tokens: where EC2 has one instance by now, it has three
    expect(new Set(world.runs().map(({ params }) => params["ClientToken"])).size).toBe(1);
    const made = await world.living();
    const { builderId } = await world.builders.provision(bake, spec());
    const oldest = made.toSorted(
      (one, other) =>
        one.launched.getTime() - other.launched.getTime() || (one.id < other.id ? -1 : 1),
    );
    expect(builderId).toBe(oldest[0]?.id);
    expect((await world.living()).map(({ id }) => id)).toEqual([builderId]);
  });

  test("that EC2 does not answer is asked again", async () => {
    await using world = await open();
    world.front.on("DescribeInstances", () => ec2Error("RequestLimitExceeded", "slow down", 503));
    expect(await world.once(await world.newBake())).toEqual({
      name: "CloudBusy",
      message: expect.stringContaining("RequestLimitExceeded"),
    });
  });

  test("waits while the stage has as many builders as it may, and names them", async () => {
    await using world = await open({ most: 1 });
    const [one, other] = [await world.newBake(), await world.newBake()];
    await world.once(one);
    await world.builders.provision(one, spec());
    const said = await world.once(other);
    expect(said).toEqual({
      name: "BuilderQueued",
      message: `${other} waits for one of 1 builders, as many as the stage ${world.stage.name} may have at once: those of ${one}`,
    });
    const looks = world.front.calls.filter(({ action }) => action === "DescribeInstances");
    for (let time = 0; time < 3; time++) await world.once(other);
    expect(world.front.calls.filter(({ action }) => action === "DescribeInstances")).toEqual(looks);
  });

  test("begins when the record of who has a place is lost, by what EC2 says", async () => {
    await using world = await open({ most: 1 });
    const [one, other] = [await world.newBake(), await world.newBake()];
    await world.once(one);
    await world.lose("looks/house.json");
    await world.lose("looks/launches.json");
    expect((await world.once(other)).name).toBe("BuilderQueued");
    await world.builders.release(one);
    await world.lose("looks/house.json");
    expect((await world.once(other)).message).toContain("was started");
  });

  test("of one too many, as who was admitted is not known any more, gives way", async () => {
    await using world = await open({ most: 1 });
    const [one, other] = [await world.newBake(), await world.newBake()];
    await world.once(one);
    await world.lose("looks/launches.json"); // and the look that is there is from before
    await sleep(1000); // launch times are whole seconds: of one second, either is the younger
    expect((await world.once(other)).message).toContain("was started");
    await world.lose("looks/house.json");
    expect((await world.once(other)).message).toContain(`those of ${one}`);
    expect((await world.living()).length).toBe(1);
    expect((await world.once(one)).name).toBe("");
  });

  test("notes nothing in a record of another stage's", async () => {
    await using world = await open();
    await world.once(await world.newBake());
    const { Contents = [] } = await world.s3.send(
      new ListObjectsV2Command({ Bucket: world.stage.artifactBucket }),
    );
    expect(Contents.map(({ Key }) => Key)).toEqual([
      expect.stringMatching(/^bakes\/web-\w+-1\/machines\/builder\.json$/),
      ...["looks/house.json", "looks/launches.json"],
    ]);
  });

  test("of bakes that begin at once ends with no more builders than there may be", async () => {
    await using world = await open({ most: 2 });
    const bakes = await Promise.all([1, 2, 3, 4, 5].map(() => world.newBake()));
    await Promise.all(bakes.map((bake) => world.once(bake)));
    const living = await world.living();
    expect(living.length).toBe(2);
    // and nobody's builder was ended for good: a surplus one is no reason to fail
    const again = await Promise.all(bakes.map((bake) => world.once(bake)));
    expect(new Set(again.map(({ name }) => name))).toEqual(new Set(["", "BuilderQueued"]));
  });

  test("in another region than the stage's is refused", async () => {
    await using world = await open();
    expect(await world.once(await world.newBake(), { region: "us-east-1" })).toEqual({
      name: "BuilderFailed",
      message: expect.stringMatching(/asks for the region us-east-1.*bakes in eu-west-1/),
    });
    expect(world.runs()).toEqual([]);
  });

  test("of an image that no parameter names fails by that name", async () => {
    await using world = await open();
    const { builders: of } = world.stage;
    const imageParameters = { ...of.imageParameters, x86_64: "/nothing/here" };
    const stage = { ...world.stage, builders: { ...of, imageParameters } };
    const builders = ec2Builders({ ...world, stage });
    await expect(builders.provision(await world.newBake(), spec())).rejects.toMatchObject({
      name: "BuilderFailed",
      message: expect.stringContaining("there is no parameter /nothing/here"),
    });
  });
});
