import {
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  EC2Client,
  type Image,
  RegisterImageCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ec2Held } from "../../aws/held.ts";
import { retries } from "../../aws/retries.ts";
import { type Role, tagged, tagKeys, tagsOf } from "../../aws/tags.ts";
import type { BakeId } from "../../core/ids.ts";
import { someStage } from "../support/aws-stage.ts";
import { someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

/** Puts back what moto's DescribeImages leaves out of images: their snapshots. */
const rememberDisks = (ec2: EC2Client, disks: ReadonlyMap<string, string>) =>
  ec2.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      for (const image of (answer.output as { Images?: Image[] }).Images ?? []) {
        const SnapshotId = disks.get(image.ImageId ?? "");
        if (SnapshotId !== undefined) image.BlockDeviceMappings = [{ Ebs: { SnapshotId } }];
      }
      return answer;
    },
    { step: "initialize" },
  );

describe.skipIf(noMoto !== "")(`what a stage's bakes hold in EC2${noMoto}`, () => {
  let moto: Moto;
  let ec2: EC2Client;

  beforeAll(async () => {
    moto = await openMoto();
    ec2 = new EC2Client({ ...moto.client, ...retries });
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const volume = async (bake: BakeId, stage: { name: string }, role: Role = "working-disk") => {
    const TagSpecifications = tagged(tagsOf({ stage, bake, role }), "volume");
    const order = { AvailabilityZone: "eu-west-1a", Size: 1, TagSpecifications };
    return (await ec2.send(new CreateVolumeCommand(order))).VolumeId ?? "";
  };

  const snapshot = async (bake: BakeId, stage: { name: string }, role: Role = "snapshot") => {
    const VolumeId = await volume(bake, { name: "another" });
    const TagSpecifications = tagged(tagsOf({ stage, bake, role }), "snapshot");
    return (
      (await ec2.send(new CreateSnapshotCommand({ VolumeId, TagSpecifications }))).SnapshotId ?? ""
    );
  };

  const machine = async (bake: BakeId, stage: { name: string }, role: Role) => {
    const TagSpecifications = tagged(tagsOf({ stage, bake, role }), "instance");
    const order = { ImageId: "ami-12c6146b", MinCount: 1, MaxCount: 1, TagSpecifications };
    const { Instances = [] } = await ec2.send(new RunInstancesCommand(order));
    return Instances[0]?.InstanceId ?? "";
  };

  test("is found by its tags: machines, disks, snapshots, candidates and groups", async () => {
    const stage = someStage();
    const bake = someBake();
    const builder = await machine(bake, stage, "builder");
    const tester = await machine(bake, stage, "test-machine");
    const gone = await machine(bake, stage, "builder");
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
    const disk = await volume(bake, stage);
    const snapshotId = await snapshot(bake, stage);
    const group = await ec2.send(
      new CreateSecurityGroupCommand({
        ...{ GroupName: bake, Description: "of a test" },
        TagSpecifications: tagged(tagsOf({ stage, bake, role: "builder" }), "security-group"),
      }),
    );
    const found = await ec2Held({ ec2, stage }).all();
    expect(found.map(({ kind, id }) => `${kind} ${id}`).toSorted()).toEqual(
      [
        ...[`builder ${builder}`, `test machine ${tester}`, `disk ${disk}`],
        ...[`snapshot ${snapshotId}`, `security group ${group.GroupId}`],
      ].toSorted(),
    );
    expect(new Set(found.map(({ bake }) => bake))).toEqual(new Set([bake]));
  });

  test("is not a published image with its snapshot, a shared copy, nor another stage's", async () => {
    const stage = someStage();
    const disks = new Map<string, string>();
    rememberDisks(ec2, disks);
    const [published, candidate, copy] = [someBake(), someBake(), someBake()];
    const register = async (bake: BakeId, SnapshotId: string) => {
      const mapping = { DeviceName: "/dev/xvda", Ebs: { SnapshotId } };
      const order = { Name: bake, RootDeviceName: "/dev/xvda", BlockDeviceMappings: [mapping] };
      const TagSpecifications = tagged(tagsOf({ stage, bake, role: "image" }), "image");
      const ask = new RegisterImageCommand({ ...order, TagSpecifications });
      const { ImageId = "" } = await ec2.send(ask);
      // moto forgets both
      await ec2.send(
        new CreateTagsCommand({
          Resources: [ImageId],
          Tags: tagsOf({ stage, bake, role: "image" }),
        }),
      );
      disks.set(ImageId, SnapshotId);
      return ImageId;
    };
    const snapshots = [await snapshot(published, stage), await snapshot(candidate, stage)];
    const image = await register(published, snapshots[0] ?? "");
    const Tags = [{ Key: tagKeys.state, Value: "published" }];
    await ec2.send(new CreateTagsCommand({ Resources: [image], Tags }));
    const rejected = await register(candidate, snapshots[1] ?? "");
    await snapshot(copy, stage, "origin");
    await volume(someBake(), someStage());
    const ids = (await ec2Held({ ec2, stage }).all()).map(({ id }) => id);
    expect(ids.toSorted()).toEqual([rejected, snapshots[1] ?? ""].toSorted());
    expect(ids).not.toContain(image);
  });

  test("is kept until the time that its tag says", async () => {
    const stage = someStage();
    const id = await machine(someBake(), stage, "builder");
    const Tags = [{ Key: "ovenbird:keep-until", Value: "2030-01-01T00:00:00.000Z" }];
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
    const [found] = await ec2Held({ ec2, stage }).all();
    expect(found?.keptUntil).toEqual(new Date("2030-01-01T00:00:00Z"));
  });
});
