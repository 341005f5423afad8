import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imagesOf } from "../../aws/find-images.ts";
import { readRecord, recordKey } from "../../aws/image-records.ts";
import { ec2Images } from "../../aws/images.ts";
import { imageName, registration } from "../../aws/registration.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { ImageId } from "../../core/ids.ts";
import { deprecationOf } from "../../core/image.ts";
import type { ImageSpec } from "../../core/ports.ts";
import { describeImages } from "../contracts/images.ts";
import { bakeryOn, clientsOn, makeBucket, stage } from "../support/bakery-on-moto.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { between } from "../support/recorded.ts";

/** A call took effect, and its answer was lost with the function that made it. */
const lost = () => Object.assign(new Error("the function was killed"), { name: "TimeoutError" });

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const open = async (clients = clientsOn(moto)) => bakeryOn(moto, clients);

  describeImages("EC2", open);

  const callsIn = ({ asked }: Awaited<ReturnType<typeof open>>, name: string) =>
    asked.filter(({ call }) => call === name).map(({ input }) => input);

  test("an image is registered with what its disk and its recipe say", async () => {
    const world = await open();
    const spec = await world.newSpec();
    const attributes = { ...noAttributes, imdsSupport: "v2.0" } as const;
    await world.images.register(spec, attributes);
    expect(callsIn(world, "RegisterImage")).toEqual([registration({ stage, spec, attributes })]);
    expect(callsIn(world, "RegisterImage")).toMatchObject([
      {
        ...{ Architecture: "x86_64", VirtualizationType: "hvm", BootMode: "uefi" },
        BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId: spec.snapshotId } }],
      },
    ]);
  });

  const copyId = ImageId.parse("ami-0000000c");
  const stock = { imageId: ImageId.parse("ami-0000000a"), name: "al2023", owner: "amazon" };

  test.each<[string, ImageSpec["lineage"][number]]>([
    ["an image of ours", { kind: "image", imageId: copyId, name: "base" }],
    ["the account's copy of a stock image", { kind: "stock", ...stock, copyId }],
  ])("what a recipe leaves open is as %s has it", async (_title, ancestor) => {
    const clients = clientsOn(moto);
    between(clients.ec2, async ({ call, input }, next) => {
      if (call !== "DescribeImages" || input["ImageIds"] === undefined) return next();
      expect(input["ImageIds"]).toEqual([copyId]);
      return { Images: [{ ImageId: copyId, RootDeviceName: "/dev/sda1", ImdsSupport: "v2.0" }] };
    });
    const world = await open(clients);
    const spec = { ...(await world.newSpec()), lineage: [ancestor] };
    await world.images.register(spec, noAttributes);
    expect(callsIn(world, "RegisterImage")).toMatchObject([
      { RootDeviceName: "/dev/sda1", ImdsSupport: "v2.0" },
    ]);
  });

  test("an origin that was removed during the bake is named, and nothing is registered", async () => {
    const world = await open();
    const imageId = ImageId.parse("ami-0000dead");
    const ancestor = { kind: "image", imageId, name: "base" } as const;
    const spec = { ...(await world.newSpec()), lineage: [ancestor] };
    await expect(world.images.register(spec, noAttributes)).rejects.toMatchObject({
      name: "NotFound",
      message: expect.stringContaining(imageId),
    });
    expect(callsIn(world, "RegisterImage")).toEqual([]);
  });

  test("of many that are registered at once, one asks EC2 what their origin has", async () => {
    const clients = clientsOn(moto);
    const imageId = ImageId.parse("ami-0000cafe");
    let asked = 0;
    between(clients.ec2, async ({ call, input }, next) => {
      if (call !== "DescribeImages" || input["ImageIds"] === undefined) return next();
      asked++;
      const Ebs = { SnapshotId: "snap-0000cafe", VolumeSize: 3, VolumeType: "gp3" };
      const BlockDeviceMappings = [{ DeviceName: "/dev/sdf", Ebs: { ...Ebs, Encrypted: true } }];
      return { Images: [{ ImageId: imageId, RootDeviceName: "/dev/sda1", BlockDeviceMappings }] };
    });
    const world = await open(clients);
    const ancestor = { kind: "image", imageId, name: "base" } as const;
    for (let time = 0; time < 3; time++) {
      const spec = { ...(await world.newSpec()), lineage: [ancestor] };
      await world.images.register(spec, noAttributes).catch(() => undefined); // moto has no such snapshot
    }
    expect(asked).toBe(1);
    const devices = callsIn(world, "RegisterImage").map((input) => input["BlockDeviceMappings"]);
    const Ebs = { SnapshotId: "snap-0000cafe", VolumeSize: 3, VolumeType: "gp3" };
    const all = [{ DeviceName: "/dev/sda1" }, { DeviceName: "/dev/sdf", Ebs }];
    expect(devices).toMatchObject([all, all, all]);
  });

  test("what does not go with the disk is refused before anything is registered", async () => {
    const world = await open();
    const spec = await world.newSpec();
    const legacy = { ...spec, disk: { ...spec.disk, bootMode: "legacy-bios" } } as const;
    const attributes = { ...noAttributes, tpmSupport: "v2.0" } as const;
    await expect(world.images.register(legacy, attributes)).rejects.toMatchObject({
      name: "UnfitAttributes",
    });
    expect(callsIn(world, "RegisterImage")).toEqual([]);
    expect(callsIn(world, "PutObject")).toEqual([]);
  });

  test("a retry answers the image of a call whose answer was lost", async () => {
    const clients = clientsOn(moto);
    let registered = 0;
    between(clients.ec2, async ({ call }, next) => {
      const answer = await next();
      if (call === "RegisterImage" && ++registered === 1) throw lost();
      return answer;
    });
    const world = await open(clients);
    const spec = await world.newSpec();
    await expect(world.images.register(spec, noAttributes)).rejects.toThrow("killed");
    const imageId = await world.images.register(spec, noAttributes);
    expect(callsIn(world, "RegisterImage")).toHaveLength(1);
    const image = await world.images.publish(imageId);
    expect(image).toMatchObject(spec);
    expect(await readRecord(world.aws, imageId)).toEqual(image);
  });

  test("two that register at once register one image", async () => {
    const clients = clientsOn(moto);
    let looks = 0;
    between(clients.ec2, async ({ call }, next) => {
      const answer = await next();
      // neither sees the other's at first, nor right after it was refused the name
      return call === "DescribeImages" && ++looks <= 4 ? { Images: [] } : answer;
    });
    const world = await open(clients);
    const spec = await world.newSpec();
    const [one, other] = await Promise.all([
      world.images.register(spec, noAttributes),
      world.images.register(spec, noAttributes),
    ]);
    expect(other).toBe(one);
    expect(callsIn(world, "RegisterImage")).toHaveLength(2);
    expect(await imagesOf(world.aws, spec.bake)).toHaveLength(1);
    expect(await world.images.publish(one)).toMatchObject(spec);
  });

  test("a name that EC2 refuses because another's image has it is ImageNameTaken", async () => {
    const clients = clientsOn(moto);
    let looks = 0;
    between(clients.ec2, async ({ call }, next) => {
      const answer = await next();
      return call === "DescribeImages" && ++looks === 1 ? { Images: [] } : answer;
    });
    const world = await open(clients);
    const spec = await world.newSpec();
    const before = await bakeryOn(moto, clients).newSpec();
    await bakeryOn(moto, clients).images.register({ ...before, bake: spec.bake }, noAttributes);
    looks = 0;
    await expect(world.images.register(spec, noAttributes)).rejects.toMatchObject({
      name: "ImageNameTaken",
      message: expect.stringContaining(imageName(stage, spec.bake)),
    });
  });

  test("a release between two stages' bakes removes the one stage's", async () => {
    const world = await open();
    const other = ec2Images({ ...world.aws, stage: { ...stage, name: "other" } });
    const spec = await world.newSpec();
    const ours = await world.images.register(spec, noAttributes);
    const theirs = await other.register(spec, noAttributes);
    expect(theirs).not.toBe(ours);
    await expect(world.images.publish(theirs)).rejects.toMatchObject({ name: "NotFound" });
    expect(await world.images.release(spec.bake)).toBe(1);
    expect(await other.release(spec.bake)).toBe(1);
  });

  test("a released candidate leaves no record in the catalogue, and its snapshot can go", async () => {
    const world = await open();
    const spec = await world.newSpec();
    const imageId = await world.images.register(spec, noAttributes);
    expect(await readRecord(world.aws, imageId)).toBeUndefined();
    expect(await world.snapshots.release(spec.bake)).toBe(0);
    expect(await world.images.release(spec.bake)).toBe(1);
    expect(callsIn(world, "DeregisterImage")).toEqual([{ ImageId: imageId }]);
    expect(await world.snapshots.release(spec.bake)).toBe(1);
  });

  test("a candidate that is published while it is released stays, if its role may not", async () => {
    const clients = clientsOn(moto);
    const world = await open(clients);
    const spec = await world.newSpec();
    const imageId = await world.images.register(spec, noAttributes);
    between(clients.ec2, async ({ call }, next) => {
      if (call !== "DeregisterImage") return next();
      await bakeryOn(moto, clients).images.publish(imageId);
      throw Object.assign(new Error("not allowed"), { name: "UnauthorizedOperation" });
    });
    expect(await world.images.release(spec.bake)).toBe(0);
  });

  test("a candidate that cannot be deregistered is told of", async () => {
    const clients = clientsOn(moto);
    between(clients.ec2, async ({ call }, next) => {
      if (call !== "DeregisterImage") return next();
      throw Object.assign(new Error("not allowed"), { name: "UnauthorizedOperation" });
    });
    const world = await open(clients);
    const spec = await world.newSpec();
    await world.images.register(spec, noAttributes);
    await expect(world.images.release(spec.bake)).rejects.toThrow("not allowed");
  });

  test("an image that EC2 does not know yet, or has pending, is looked for again", async () => {
    const clients = clientsOn(moto);
    const world = await open(clients);
    const imageId = await world.images.register(await world.newSpec(), noAttributes);
    let looks = 0;
    between(clients.ec2, async ({ call }, next) => {
      const answer = (await next()) as { Images: object[] };
      if (call !== "DescribeImages" || ++looks > 2) return answer;
      return { Images: looks === 1 ? [] : [{ ...answer.Images[0], State: "pending" }] };
    });
    expect(await world.images.publish(imageId)).toMatchObject({ imageId });
  });

  test("an image that EC2 could not make is not published, and the reason is told", async () => {
    const clients = clientsOn(moto);
    const world = await open(clients);
    const imageId = await world.images.register(await world.newSpec(), noAttributes);
    between(clients.ec2, async ({ call }, next) => {
      const answer = (await next()) as { Images: object[] };
      if (call !== "DescribeImages") return answer;
      const StateReason = { Message: "the snapshot is gone" };
      return { Images: [{ ...answer.Images[0], State: "failed", StateReason }] };
    });
    await expect(world.images.publish(imageId)).rejects.toMatchObject({
      name: "NotFound",
      message: `the image ${imageId} is failed, not available: the snapshot is gone`,
    });
    expect(callsIn(world, "CreateTags")).toEqual([]);
  });

  test("an image of nobody's stage is not published", async () => {
    const world = await open();
    const imageId = ImageId.parse("ami-00000001");
    between(world.ec2, async ({ call }, next) =>
      call === "DescribeImages"
        ? { Images: [{ ImageId: imageId, State: "available", Tags: [] }] }
        : next(),
    );
    await expect(world.images.publish(imageId)).rejects.toMatchObject({
      name: "NotFound",
      message: expect.stringContaining("none of the stage test"),
    });
  });

  test("publishing says all that the recipe asks of an image, and again the same", async () => {
    const world = await open();
    const attributes = {
      ...noAttributes,
      deprecateAfter: 90 * 24 * 3600,
      deregistrationProtection: { withCooldown: true },
      launchPermissions: {
        users: ["111122223333", "444455556666"],
        public: false,
        organizations: ["arn:aws:organizations::111122223333:organization/o-a"],
        organizationalUnits: ["arn:aws:organizations::111122223333:ou/o-a/ou-b"],
      },
    };
    const imageId = await world.images.register(await world.newSpec(), attributes);
    const before = world.asked.length;
    const { created } = await world.images.publish(imageId);
    const asked = world.asked.slice(before).filter(({ call }) => !/^(Describe|Get)/.test(call));
    expect(asked).toMatchObject([
      {
        call: "EnableImageDeprecation",
        input: {
          ImageId: imageId,
          DeprecateAt: new Date(deprecationOf(created, 90 * 24 * 3600)),
        },
      },
      {
        call: "AttachImageWatermark",
        input: { ImageId: imageId, WatermarkName: "ovenbird-test" },
      },
      {
        call: "ModifyImageAttribute",
        input: {
          ImageId: imageId,
          LaunchPermission: {
            Add: [
              { UserId: "111122223333" },
              { UserId: "444455556666" },
              { OrganizationArn: "arn:aws:organizations::111122223333:organization/o-a" },
              { OrganizationalUnitArn: "arn:aws:organizations::111122223333:ou/o-a/ou-b" },
            ],
          },
        },
      },
      {
        call: "CreateTags",
        input: { Resources: [imageId], Tags: [{ Key: "ovenbird:state", Value: "published" }] },
      },
      {
        call: "EnableImageDeregistrationProtection",
        input: { ImageId: imageId, WithCooldown: true },
      },
      {
        call: "PutObject",
        input: { Key: recordKey(imageId), ServerSideEncryption: "aws:kms" },
      },
      { call: "PutParameter", input: { Value: imageId } },
      { call: "PutObject", input: { Key: expect.stringMatching(/released\/candidate.json$/) } },
    ]);
    await world.images.publish(imageId);
    expect(callsIn(world, "EnableImageDeprecation")).toHaveLength(1);
    expect(callsIn(world, "AttachImageWatermark")).toHaveLength(1);
    expect(callsIn(world, "PutParameter")).toHaveLength(1);
    expect(callsIn(world, "ModifySnapshotAttribute")).toEqual([]);
  });

  test("publishing an image of which nothing is asked deprecates, shares and protects nothing", async () => {
    const world = await open();
    const imageId = await world.images.register(await world.newSpec(), noAttributes);
    await world.images.publish(imageId);
    for (const call of ["EnableImageDeprecation", "ModifyImageAttribute"]) {
      expect(callsIn(world, call)).toEqual([]);
    }
    expect(callsIn(world, "EnableImageDeregistrationProtection")).toEqual([]);
  });

  test("a public image may be launched by all", async () => {
    const world = await open();
    const launchPermissions = { ...noAttributes.launchPermissions, public: true };
    const attributes = { ...noAttributes, launchPermissions };
    const imageId = await world.images.register(await world.newSpec(), attributes);
    await world.images.publish(imageId);
    const everybody = new DescribeImagesCommand({ ImageIds: [imageId], ExecutableUsers: ["all"] });
    expect((await world.ec2.send(everybody)).Images).toMatchObject([{ Public: true }]);
    // EC2 watermarks none of these
    expect(callsIn(world, "AttachImageWatermark")).toEqual([]);
  });

  test.each(["InvalidAction", "UnauthorizedOperation"])(
    "where EC2 answers a watermark with %s, an image is published without",
    async (name) => {
      const clients = clientsOn(moto);
      between(clients.ec2, async ({ call }, next) => {
        if (call === "AttachImageWatermark") throw Object.assign(new Error("no"), { name });
        return next();
      });
      const world = await open(clients);
      const imageId = await world.images.register(await world.newSpec(), noAttributes);
      expect(await world.images.publish(imageId)).toMatchObject({ state: "published" });
    },
  );

  test("a watermark that another call attached meanwhile is taken, and any other error told", async () => {
    const clients = clientsOn(moto);
    let isAttached = true;
    between(clients.ec2, async ({ call }, next) => {
      if (call !== "AttachImageWatermark") return next();
      if (isAttached) await next();
      throw Object.assign(new Error("twice"), { name: "InvalidState" });
    });
    const world = await open(clients);
    const one = await world.images.register(await world.newSpec(), noAttributes);
    expect(await world.images.publish(one)).toMatchObject({ state: "published" });
    isAttached = false;
    const spec = await world.newSpec();
    const other = await world.images.register(spec, noAttributes);
    await expect(world.images.publish(other)).rejects.toThrow("twice");
    expect(await world.images.release(spec.bake)).toBe(1);
  });

  test("what would be deprecated before it is published is as soon as EC2 lets it", async () => {
    const world = await open();
    const attributes = { ...noAttributes, deprecateAfter: 1 };
    const imageId = await world.images.register(await world.newSpec(), attributes);
    await world.images.publish(imageId);
    const [asked] = callsIn(world, "EnableImageDeprecation");
    const ahead = Number(asked?.["DeprecateAt"]) - Date.now();
    expect(ahead).toBeGreaterThan(60_000);
    expect(ahead).toBeLessThan(180_000);
  });

  test.each(["EnableImageDeprecation", "ModifyImageAttribute"])(
    "a candidate of which EC2 refuses %s stays one, and is released",
    async (refused) => {
      const clients = clientsOn(moto);
      between(clients.ec2, async ({ call }, next) => {
        if (call !== refused) return next();
        throw Object.assign(new Error("refused"), { name: "InvalidParameterValue" });
      });
      const world = await open(clients);
      const launchPermissions = { ...noAttributes.launchPermissions, public: true };
      const spec = await world.newSpec();
      const attributes = { ...noAttributes, deprecateAfter: 86_400, launchPermissions };
      const imageId = await world.images.register(spec, attributes);
      await expect(world.images.publish(imageId)).rejects.toThrow("refused");
      expect(await world.images.release(spec.bake)).toBe(1);
    },
  );

  test.each(["CreateTags", "PutObject", "PutParameter"])(
    "a publication that ended at %s is completed by its retry",
    async (fatal) => {
      const clients = clientsOn(moto);
      let dead = false;
      for (const client of [clients.ec2, clients.s3, clients.ssm]) {
        between(client, async ({ call }, next) => {
          const answer = await next();
          if (dead || call !== fatal) return answer;
          dead = true;
          throw lost();
        });
      }
      const world = await open(clients);
      const quiet = bakeryOn(moto, clients);
      const spec = await world.newSpec();
      dead = true;
      const imageId = await quiet.images.register(spec, noAttributes);
      dead = false;
      await expect(world.images.publish(imageId)).rejects.toThrow("killed");
      const image = await world.images.publish(imageId);
      expect(await readRecord(world.aws, imageId)).toEqual(image);
      expect(await world.images.release(spec.bake)).toBe(0);
    },
  );

  test("a candidate whose record is of another snapshot, or none, is not published", async () => {
    const world = await open();
    const spec = await world.newSpec();
    const imageId = await world.images.register(spec, noAttributes);
    const Key = `bakes/${spec.bake}/image.json`;
    for (const Body of [
      "{",
      JSON.stringify({
        spec: { ...spec, snapshotId: "snap-00000001" },
        attributes: noAttributes,
      }),
    ]) {
      await world.s3.send(new PutObjectCommand({ Bucket: stage.artifactBucket, Key, Body }));
      await expect(world.images.publish(imageId)).rejects.toMatchObject({ name: "CorruptRecord" });
    }
  });
});
