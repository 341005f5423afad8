import { CreateVolumeCommand, DeleteVolumeCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ec2Builders } from "../../aws/builders.ts";
import { type BuilderWishes, noWishes } from "../../core/builder-wishes.ts";
import { type BakeId, SnapshotId } from "../../core/ids.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { ec2Error, first, jsonReply, ssmError } from "../support/aws-front.ts";
import { openAws } from "../support/aws-machines.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

const spec = (wishes: Partial<BuilderWishes> = {}): BuilderSpec => ({
  ...{ architecture: "x86_64", rootVolumeSize: 9, snapshotId: null },
  wishes: { ...noWishes, ...wishes },
});

/** What SSM says of instances. */
const information = (value: unknown) => () => jsonReply({ InstanceInformationList: value });

/** When it was launched: what was noted of it so long ago is not relied on. */
const minutesAgo = (minutes: number): string =>
  `<launchTime>${new Date(Date.now() - minutes * 60_000).toISOString()}`;

const tag = (Key: string, Value: string) => ({ Key: `ovenbird:${Key}`, Value });

describe.skipIf(noMoto !== "")(`a builder that comes up${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => void (moto = await openMoto()));
  afterAll(async () => moto[Symbol.asyncDispose]());

  const open = async () => {
    const aws = await openAws(moto);
    const builders = ec2Builders(aws);
    const once = async (bake: BakeId, wished = spec()) =>
      builders.provision(bake, wished).then(
        () => ({ name: "", message: "" }),
        ({ name, message }: Error) => ({ name, message }),
      );
    const calls = (action: string) =>
      aws.front.calls.filter((call) => call.action === action).map(({ params }) => params);
    /** Changes what EC2 says of instances or volumes. */
    const told = (action: string, from: string | RegExp, to: string) =>
      aws.front.on(action, async (_, forward) => {
        const { status, body } = await forward();
        return { status, body: body.replaceAll(from, to) };
      });
    return { ...aws, builders, once, calls, told };
  };

  test("has its working disk made while it boots, in its zone, encrypted by the stage's key", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    const [volume] = world.calls("CreateVolume");
    expect(volume).toMatchObject({
      ...{ AvailabilityZone: world.stage.network.subnets[0]?.zone, Size: "9", VolumeType: "gp3" },
      ...{ Encrypted: "true", KmsKeyId: world.stage.keyArn },
      "TagSpecification.1.ResourceType": "volume",
    });
    expect(volume?.["ClientToken"]).toMatch(new RegExp(`^${bake}-[0-9a-f]{15}$`));
    expect(volume?.["SnapshotId"]).toBeUndefined();
    expect(Object.values(volume ?? {})).toEqual(
      expect.arrayContaining([bake, world.stage.name, "working-disk"]),
    );
    expect(world.calls("AttachVolume")).toEqual([]);
  });

  test("has the disk that the recipe wishes: its key, its speed, its snapshot", async () => {
    await using world = await open();
    const kmsKey = "alias/images";
    const volume = { type: "gp3", iops: 6000, throughput: 500 } as const;
    const snapshotId = SnapshotId.parse("snap-00000000000000001");
    world.front.on("CreateVolume", () => ec2Error("InvalidSnapshot.NotFound"));
    expect(
      await world.once(await world.newBake(), { ...spec({ kmsKey, volume }), snapshotId }),
    ).toEqual({
      name: "NotFound",
      message: expect.stringContaining("the origin was removed while this bake began"),
    });
    expect(world.calls("CreateVolume")[0]).toMatchObject({
      ...{ KmsKeyId: kmsKey, Iops: "6000", Throughput: "500", SnapshotId: snapshotId },
    });
  });

  test("gets its disk when its SSM agent answers, and not before", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.front.on("DescribeInstanceInformation", first(1, information([])));
    expect((await world.once(bake)).message).toMatch(/runs, and its SSM agent does not answer yet/);
    const lost = information([{ PingStatus: "ConnectionLost" }]);
    world.front.on("DescribeInstanceInformation", first(1, lost));
    expect((await world.once(bake)).name).toBe("BuilderPending");
    world.front.on(
      "DescribeInstanceInformation",
      first(1, () => ssmError("InvalidInstanceId")),
    );
    expect((await world.once(bake)).name).toBe("BuilderPending");
    expect(world.calls("AttachVolume")).toEqual([]);
    expect((await world.once(bake)).name).toBe("");
    expect(world.calls("AttachVolume")).toMatchObject([{ Device: "/dev/sdf" }]);
    expect(world.calls("ModifyInstanceAttribute")).toMatchObject([
      {
        "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
      },
    ]);
  });

  test("is starting while EC2 says that it is pending", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.told("DescribeInstances", "<name>running</name>", "<name>pending</name>");
    expect(await world.once(bake)).toEqual({
      name: "BuilderPending",
      message: expect.stringMatching(
        /^the builder i-\w+ \(m7i-flex.large in eu-west-1\w\) is starting$/,
      ),
    });
    expect(world.calls("DescribeInstanceInformation")).toEqual([]);
  });

  test.each([
    ["public", "an internet gateway"],
    ["nat", "a NAT gateway"],
    ["endpoints", "those for ssm and ssmmessages"],
  ] as const)(
    "that never comes online fails, with what to look at in a %s network",
    async (mode, words) => {
      await using world = await open();
      const network = { ...world.stage.network, mode };
      const builders = ec2Builders({ ...world, stage: { ...world.stage, network } });
      const bake = await world.newBake();
      await world.once(bake);
      world.front.on("DescribeInstanceInformation", () =>
        jsonReply({ InstanceInformationList: [] }),
      );
      world.told("DescribeInstances", /<launchTime>[^<]+/g, "<launchTime>2026-01-01T00:00:00.000Z");
      await expect(builders.provision(bake, spec())).rejects.toMatchObject({
        name: "BuilderFailed",
        message: expect.stringContaining(words),
      });
    },
  );

  test("that somebody stops fails", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.told("DescribeInstances", "<name>running</name>", "<name>stopped</name>");
    expect((await world.once(bake)).message).toMatch(/was stopped from outside/);
  });

  test("whose disk is attached to another machine fails, and names both", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    await world.builders.provision(bake, spec());
    world.told("DescribeVolumes", /<instanceId>i-[0-9a-f]+/g, "<instanceId>i-0000000000000dead");
    expect(await world.once(bake)).toEqual({
      name: "BuilderFailed",
      message: expect.stringMatching(
        /vol-\w+ is attached to i-0000000000000dead, and its builder is i-/,
      ),
    });
  });

  test("takes another device name when the first is taken", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.told("DescribeInstances", "/dev/xvda", "/dev/xvdf");
    expect((await world.once(bake)).name).toBe("");
    expect(world.calls("AttachVolume")).toMatchObject([{ Device: "/dev/sdg" }]);
  });

  test("asks again when EC2 does not know yet what it made", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.front.on(
      "AttachVolume",
      first(1, () => ec2Error("InvalidVolume.NotFound")),
    );
    expect((await world.once(bake)).message).toContain("it is asked again");
    expect((await world.once(bake)).name).toBe("");
  });

  test.each(["VolumeInUse", "IncorrectState"])(
    "looks again when attaching says %s",
    async (code) => {
      await using world = await open();
      const bake = await world.newBake();
      await world.once(bake);
      world.front.on(
        "AttachVolume",
        first(1, () => ec2Error(code)),
      );
      expect((await world.once(bake)).name).toBe("");
      expect(world.calls("AttachVolume").length).toBe(2);
    },
  );

  test("waits for an attachment that takes longer", async () => {
    await using world = await open();
    const bake = await world.newBake();
    world.told("RunInstances", /<launchTime>[^<]+/g, minutesAgo(4));
    await world.once(bake);
    world.told("DescribeInstances", /<launchTime>[^<]+/g, minutesAgo(4));
    world.told("DescribeVolumes", "<status>attached</status>", "<status>attaching</status>");
    expect(await world.once(bake)).toEqual({
      name: "BuilderPending",
      message: expect.stringMatching(/the working disk vol-\w+ is being attached to i-/),
    });
    expect(world.calls("AttachVolume").length).toBe(1);
    world.told("DescribeInstances", /<launchTime>[^<]+/g, "<launchTime>2026-01-01T00:00:00.000Z");
    expect(await world.once(bake)).toEqual({
      name: "BuilderFailed",
      message: expect.stringMatching(/was not attached to i-\w+ in 15 minutes: EC2 says/),
    });
  });

  test("whose disk vanished after it was made fails, with the key and what it does not allow", async () => {
    await using world = await open();
    const bake = await world.newBake();
    world.told("RunInstances", /<launchTime>[^<]+/g, minutesAgo(4));
    await world.once(bake);
    const [disk] = await world.volumes();
    await world.ec2.send(new DeleteVolumeCommand({ VolumeId: disk?.id }));
    world.told("DescribeInstances", /<launchTime>[^<]+/g, minutesAgo(4));
    // EC2 repeats the reply of the first call: moto knows no tokens
    world.told("CreateVolume", /<createTime>[^<]+/g, "<createTime>2026-01-01T00:00:00.000Z");
    const said = await world.once(bake);
    expect(said.name).toBe("BuilderFailed");
    expect(said.message).toContain("vanished");
    expect(said.message).toContain(world.stage.keyArn);
    expect(said.message).toContain("kms:CreateGrant");
  });

  test.each([
    ["VolumeLimitExceeded", "BuilderQueued", "quota of EBS storage"],
    ["MaxIOPSLimitExceeded", "BuilderQueued", "provisioned IOPS"],
    ["InvalidParameterValue", "BuilderFailed", "EC2 refused the working disk of web-"],
  ])("whose disk EC2 answers with %s is %s", async (code, name, words) => {
    await using world = await open();
    world.front.on("CreateVolume", () => ec2Error(code));
    expect(await world.once(await world.newBake())).toEqual({
      ...{ name, message: expect.stringContaining(words) },
    });
  });

  test("is given no disk that was made for another", async () => {
    await using world = await open();
    const bake = await world.newBake();
    const Tags = [
      ...[tag("stage", world.stage.name), tag("bake", bake), tag("role", "working-disk")],
      tag("builder", "i-0000000000000dead"),
    ];
    const { VolumeId } = await world.ec2.send(
      new CreateVolumeCommand({
        ...{ AvailabilityZone: "eu-west-1c", Size: 1 },
        TagSpecifications: [{ ResourceType: "volume", Tags }],
      }),
    );
    await world.once(bake);
    const { volumeId } = await world.builders.provision(bake, spec());
    expect(volumeId).not.toBe(VolumeId);
    expect(await world.builders.release(bake)).toBe(1);
    expect(await world.volumes()).toEqual([]);
  });
});
