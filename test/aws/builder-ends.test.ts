import {
  AttachVolumeCommand,
  CreateTagsCommand,
  DescribeSecurityGroupsCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ec2Builders } from "../../aws/builders.ts";
import { type BuilderWishes, noWishes } from "../../core/builder-wishes.ts";
import type { BakeId } from "../../core/ids.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { ec2Error, first } from "../support/aws-front.ts";
import { openAws } from "../support/aws-machines.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

const spec = (wishes: Partial<BuilderWishes> = {}): BuilderSpec => ({
  ...{ architecture: "x86_64", rootVolumeSize: 2, snapshotId: null },
  wishes: { ...noWishes, ...wishes },
});

describe.skipIf(noMoto !== "")(`the end of a builder${noMoto}`, () => {
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
    /** A builder of the bake's is started, and ends for that reason. */
    const dying = async (bake: BakeId, reason: string, wished = spec()) => {
      await once(bake, wished);
      const living = (await aws.instances()).filter(({ state }) => state === "running");
      await aws.ec2.send(
        new TerminateInstancesCommand({ InstanceIds: living.map(({ id }) => id) }),
      );
      const change = /Client\.UserInitiatedShutdown/g;
      aws.front.on("DescribeInstances", async (_, forward) => {
        const { status, body } = await forward();
        return { status, body: body.replaceAll(change, reason) };
      });
    };
    const groups = async (bake: BakeId) => {
      const Filters = [{ Name: "tag:ovenbird:bake", Values: [bake] }];
      const { SecurityGroups = [] } = await aws.ec2.send(
        new DescribeSecurityGroupsCommand({ Filters }),
      );
      return SecurityGroups;
    };
    return { ...aws, builders, once, calls, dying, groups };
  };

  test("for want of a grant names the key and what is missing", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.dying(bake, "Client.InternalError");
    const said = await world.once(bake);
    expect(said.name).toBe("BuilderFailed");
    expect(said.message).toContain(world.stage.keyArn);
    expect(said.message).toContain("kms:CreateGrant");
    expect(said.message).not.toContain("AWSServiceRoleForEC2Spot");
  });

  test("for want of a grant on spot names EC2's own role, too", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.dying(bake, "Client.InternalError", spec({ spot: true }));
    expect((await world.once(bake)).message).toContain("AWSServiceRoleForEC2Spot");
  });

  test.each([
    ["Client.InvalidKMSKey.InvalidState", "cannot be used (InvalidKMSKey.InvalidState)"],
    ["Client.InvalidSnapshot.NotFound", "the snapshot that its image is made of is gone"],
    ["Client.UserInitiatedShutdown", "was ended from outside"],
    ["Client.InstanceInitiatedShutdown", "shut itself down"],
    ["Client.SomethingNew", "EC2 gives SomethingNew as the reason"],
  ])("for %s is told in words, and no other is started", async (reason, words) => {
    await using world = await open();
    const bake = await world.newBake();
    await world.dying(bake, reason);
    expect(await world.once(bake)).toEqual({
      name: "BuilderFailed",
      message: expect.stringContaining(words),
    });
    expect(world.calls("RunInstances").length).toBe(1);
  });

  test("for a quota of volumes is waited for", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.dying(bake, "Client.VolumeLimitExceeded");
    expect(await world.once(bake)).toEqual({
      name: "BuilderQueued",
      message: expect.stringContaining("quota of EBS storage"),
    });
    expect(world.calls("RunInstances").length).toBe(1);
  });

  test("for want of capacity has another type tried, under another token", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.dying(bake, "Server.InsufficientInstanceCapacity");
    expect((await world.once(bake)).message).toContain("was started");
    const [one, other] = world.calls("RunInstances");
    const places = [one, other].map((run) => [run?.["InstanceType"], run?.["SubnetId"]].join());
    expect(new Set(places).size).toBe(2);
    expect(one?.["ClientToken"]).not.toBe(other?.["ClientToken"]);
  });

  test("that EC2 took back from spot is followed by one on demand", async () => {
    await using world = await open();
    const bake = await world.newBake();
    const wished = spec({ spot: true });
    await world.dying(bake, "Server.SpotInstanceTermination", wished);
    expect((await world.once(bake, wished)).message).toContain("was started");
    expect((await world.once(bake, wished)).name).toBe("");
    const markets = world
      .calls("RunInstances")
      .map((run) => run["InstanceMarketOptions.MarketType"]);
    expect(markets).toEqual(["spot", undefined]);
  });

  test("that EC2 itself failed with, five times, is told with every one", async () => {
    await using world = await open();
    const bake = await world.newBake();
    for (let time = 0; time < 5; time++) await world.dying(bake, "Server.InternalError");
    const said = await world.once(bake);
    expect(said.name).toBe("BuilderFailed");
    expect(said.message).toMatch(/ended 5 times before it was up: i-\w+ \(.*\), i-/);
  });

  test("by release is the bake's own only, and of the stage's only", async () => {
    await using world = await open();
    await using elsewhere = await open();
    const [one, other] = [await world.newBake(), await world.newBake()];
    await world.once(one);
    await world.once(other);
    await elsewhere.once(one);
    expect(await world.builders.release(one)).toBe(1);
    const states = (await world.instances()).map(({ state }) => state);
    expect(states.toSorted()).toEqual(["running", "terminated"]);
    expect((await elsewhere.instances()).map(({ state }) => state)).toEqual(["running"]);
    expect((await world.volumes()).length).toBe(1);
  });

  test("by release takes a disk along that was attached just now", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    const [[instance], [volume]] = [await world.instances(), await world.volumes()];
    await world.ec2.send(
      new AttachVolumeCommand({
        ...{ InstanceId: instance?.id, VolumeId: volume?.id, Device: "/dev/sdf" },
      }),
    );
    expect(await world.builders.release(bake)).toBe(1);
    expect(await world.volumes()).toEqual([]);
  });

  test("by release passes over disks that EC2 does not let go yet", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.front.on(
      "DeleteVolume",
      first(1, () => ec2Error("VolumeInUse")),
    );
    expect(await world.builders.release(bake)).toBe(1);
    expect((await world.volumes()).length).toBe(1);
    expect(await world.builders.release(bake)).toBe(0);
    expect(await world.volumes()).toEqual([]);
  });

  test("that fails for another reason is thrown", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    world.front.on("TerminateInstances", () => ec2Error("UnauthorizedOperation"));
    await expect(world.builders.release(bake)).rejects.toMatchObject({
      name: "UnauthorizedOperation",
    });
  });

  test("is put off by a tag on the instance, which also spares its disk", async () => {
    await using world = await open();
    const bake = await world.newBake();
    await world.once(bake);
    const until = new Date(Date.now() + 60_000);
    expect(await world.builders.keep(bake, until)).toBe(1);
    expect(world.calls("CreateTags")[0]).toMatchObject({
      ...{ "Tag.1.Key": "ovenbird:keep-until", "Tag.1.Value": until.toISOString() },
    });
    expect(await world.builders.release(bake)).toBe(0);
    expect((await world.volumes()).length).toBe(1);
    await world.ec2.send(
      new CreateTagsCommand({
        Resources: (await world.instances()).map(({ id }) => id),
        Tags: [{ Key: "ovenbird:keep-until", Value: "soon" }],
      }),
    );
    expect(await world.builders.release(bake)).toBe(1);
  });

  test("takes along the security group of its own that it had for its ports", async () => {
    await using world = await open();
    const bake = await world.newBake();
    const wished = spec({ ports: [443, 5432, 5432, 22] });
    expect((await world.once(bake, wished)).message).toMatch(
      /the security group sg-\w+ .* was made/,
    );
    await world.once(bake, wished);
    const [group] = await world.groups(bake);
    expect(world.calls("RunInstances")[0]).toMatchObject({
      "SecurityGroupId.1": world.stage.network.securityGroupId,
      "SecurityGroupId.2": group?.GroupId,
    });
    const out = (group?.IpPermissionsEgress ?? []).map((rule) => [rule.IpProtocol, rule.FromPort]);
    expect(out).toEqual([
      ["tcp", 5432],
      ["tcp", 22],
    ]);
    expect(group?.IpPermissions).toEqual([]);
    expect(await world.builders.release(bake)).toBe(1);
    expect((await world.groups(bake)).length).toBe(1); // while the builder ends
    await world.builders.release(bake);
    expect(await world.groups(bake)).toEqual([]);
  });

  test("leaves a group that is still in use to the next release", async () => {
    await using world = await open();
    const bake = await world.newBake();
    for (let time = 0; time < 2; time++) await world.once(bake, spec({ ports: [22] }));
    world.front.on(
      "DeleteSecurityGroup",
      first(1, () => ec2Error("DependencyViolation")),
    );
    expect(await world.builders.release(bake)).toBe(1);
    expect(await world.builders.release(bake)).toBe(0);
    expect((await world.groups(bake)).length).toBe(1);
    expect(await world.builders.release(bake)).toBe(0);
    expect(await world.groups(bake)).toEqual([]);
  });

  test("of bakes that ask at once leaves one group each", async () => {
    await using world = await open();
    const bake = await world.newBake();
    const wished = spec({ ports: [22] });
    await Promise.all([1, 2, 3].map(() => world.once(bake, wished)));
    expect((await world.groups(bake)).length).toBe(1);
    await world.once(bake, wished);
    expect(await world.builders.release(bake)).toBe(1);
    expect(await world.builders.release(bake)).toBe(0);
    expect(await world.groups(bake)).toEqual([]);
  });
});
