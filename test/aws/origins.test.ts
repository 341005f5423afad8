import {
  CopyImageCommand,
  type CopyImageCommandInput,
  CreateTagsCommand,
  DeleteTagsCommand,
  DeregisterImageCommand,
} from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unusedCopies } from "../../aws/origin/unused-copies.ts";
import { ImageId } from "../../core/ids.ts";
import type { OriginReference } from "../../core/origin.ts";
import { describeOrigins } from "../contracts/origins.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { type OriginsOnMoto, originsOn, stock } from "../support/origins-on-moto.ts";

let moto: Moto;
const open = (): Promise<OriginsOnMoto> => originsOn(moto);

const image = (imageId: string): OriginReference => ({
  kind: "image",
  imageId: ImageId.parse(imageId),
});

const copyCalls = ({ calls }: OriginsOnMoto) => calls.filter(({ name }) => name === "CopyImage");
const day = 24 * 60 * 60 * 1000;

/** The image that is copied for a reference. */
const sourceOf = async (world: OriginsOnMoto, reference: OriginReference) => {
  const bake = await world.newBake();
  await expect(world.origins.resolve(bake, reference)).rejects.toMatchObject({
    name: "OriginPending",
  });
  return copyCalls(world).at(-1)?.input["SourceImageId"];
};

const named = (parameter: string): OriginReference => ({ kind: "parameter", parameter });

const copied = async (world: OriginsOnMoto, id: string): Promise<ImageId> => {
  const bake = await world.newBake();
  await expect(world.origins.resolve(bake, image(id))).rejects.toThrow();
  const [ancestor] = (await world.origins.resolve(bake, image(id))).lineage;
  if (ancestor?.kind !== "stock") throw new Error("a stock image was copied");
  return ancestor.copyId;
};

describe.skipIf(noMoto !== "")(`origins over an AWS that others wrote${noMoto}`, () => {
  beforeAll(async () => {
    moto = await openMoto();
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  describeOrigins("AWS", open);

  describe("a stock image", () => {
    test("is copied under the stage's key, tagged in the call, and bakes start from the copy", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const pending = world.origins.resolve(bake, image(stock.linux));
      await expect(pending).rejects.toMatchObject({
        name: "OriginPending",
        message: expect.stringMatching(/^the origin ami-760aaa0f \(amzn-ami-.*\) is being copied/),
      });
      const [copy] = await world.copies();
      const name = "amzn-ami-hvm-2017.09.1.20171103-x86_64-gp2";
      expect(await world.origins.resolve(bake, image(stock.linux))).toEqual({
        lineage: [
          {
            ...{ kind: "stock", imageId: stock.linux, name, owner: "137112412989" },
            ...{ ownerAlias: "amazon", copyId: copy?.ImageId },
            ...{ created: expect.any(String), public: true },
          },
        ],
        snapshotId: copy?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId,
        ...{ rootVolumeSize: 15, architecture: "x86_64" },
      });
      const [call] = copyCalls(world);
      expect(call?.input).toMatchObject({
        ...{ SourceImageId: stock.linux, SourceRegion: "eu-west-1", CopyImageTags: false },
        ...{ Encrypted: true, KmsKeyId: world.stage.keyArn },
        ClientToken: expect.stringMatching(/^[0-9a-f]{32}$/),
        Name: expect.stringMatching(/^ovenbird test-\d+ ami-760aaa0f [0-9a-f]{8}$/),
        TagSpecifications: ["image", "snapshot"].map((ResourceType) => ({
          ResourceType,
          Tags: [
            { Key: "Name", Value: name },
            { Key: "ovenbird:stage", Value: world.stage.name },
            { Key: "ovenbird:role", Value: "origin" },
            { Key: "ovenbird:copy-of", Value: stock.linux },
            { Key: "ovenbird:copy-owner", Value: "137112412989" },
            { Key: "ovenbird:copy-owner-alias", Value: "amazon" },
            { Key: "ovenbird:started-by", Value: bake },
            { Key: "ovenbird:copy-allowed", Value: "no criteria" },
            { Key: "ovenbird:copy-created", Value: expect.stringMatching(/Z$/) },
            { Key: "ovenbird:copy-public", Value: "true" },
          ],
        })),
      });
    });

    test("is copied once, however many bakes ask, and all of them start from that copy", async () => {
      await using world = await open();
      world.copiesAre("pending");
      const bakes = await Promise.all([1, 2, 3, 4].map(() => world.newBake()));
      const ask = () =>
        Promise.allSettled(bakes.map((bake) => world.origins.resolve(bake, image(stock.linux))));
      for (const end of [...(await ask()), ...(await ask())]) {
        expect(end).toMatchObject({ status: "rejected", reason: { name: "OriginPending" } });
      }
      const [copy, ...others] = await world.copies();
      expect(others).toEqual([]);
      world.known.set(copy?.ImageId ?? "", { State: "available" });
      for (const end of await ask()) {
        expect(end).toMatchObject({
          status: "fulfilled",
          value: { lineage: [{ copyId: copy?.ImageId }] },
        });
      }
    });

    test("whose call's answer was lost is not copied twice by the same bake", async () => {
      await using world = await open();
      world.copiesAre("pending");
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.linux)).catch(() => undefined);
      await Promise.all([ask(), ask(), ask()]);
      expect(await world.copies()).toHaveLength(1);
    });

    test("whose copy does not tell its owner's alias is asked itself, while it can be seen", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.linux));
      await expect(ask()).rejects.toThrow();
      const [copy] = await world.copies();
      const Tags = [{ Key: "ovenbird:copy-owner-alias" }];
      await world.plain.send(new DeleteTagsCommand({ Resources: [copy?.ImageId ?? ""], Tags }));
      expect((await ask()).lineage).toMatchObject([
        { kind: "stock", copyId: copy?.ImageId, ownerAlias: "amazon" },
      ]);
    });

    test("with two copies is the older one for every bake", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.linux));
      await expect(ask()).rejects.toThrow();
      world.known.set((await world.copies())[0]?.ImageId ?? "", { State: "pending" });
      // as when two bakes asked on either side of a token's life
      const [call] = copyCalls(world);
      const again = { ...call?.input, ClientToken: "another", Name: "another" };
      await world.ec2.send(new CopyImageCommand(again as unknown as CopyImageCommandInput));
      const [first, second] = (await world.copies()).map(({ ImageId: id = "" }) => id);
      world.known.set(first ?? "", { State: "available", CreationDate: "2026-02-01T00:00:00Z" });
      world.known.set(second ?? "", { State: "available", CreationDate: "2026-01-01T00:00:00Z" });
      expect((await ask()).lineage).toMatchObject([{ copyId: second }]);
    });

    test("whose copy failed fails the bake that began it, in words, and the next bake copies it again", async () => {
      await using world = await open();
      world.copiesAre("pending");
      const [first, second] = [await world.newBake(), await world.newBake()];
      const ask = (bake: typeof first) => world.origins.resolve(bake, image(stock.linux));
      await expect(ask(first)).rejects.toThrow();
      const failed = (await world.copies())[0]?.ImageId ?? "";
      const Message = "The key is disabled";
      world.known.set(failed, { State: "failed", StateReason: { Code: "Client.X", Message } });
      await expect(ask(first)).rejects.toMatchObject({
        name: "OriginFailed",
        message: expect.stringMatching(
          new RegExp(`copied to ${failed}, and that failed: The key is disabled; a new bake`),
        ),
      });
      await expect(ask(second)).rejects.toMatchObject({ name: "OriginPending" });
      const tokens = copyCalls(world).map(({ input }) => input["ClientToken"]);
      expect(new Set(tokens).size).toBe(2);
      for (const { ImageId: id = "" } of await world.copies()) {
        if (id !== failed) world.known.set(id, { State: "available" });
      }
      expect((await ask(second)).lineage).toMatchObject([{ kind: "stock" }]);
      expect((await ask(first)).lineage).toMatchObject([{ kind: "stock" }]);
    });

    test("of which a failed copy is shown no more is copied again after a while", async () => {
      await using world = await open();
      world.copiesAre("pending");
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.linux)).catch(() => undefined);
      await ask();
      const [copy] = await world.copies();
      await world.plain.send(new DeregisterImageCommand({ ImageId: copy?.ImageId }));
      await ask();
      expect(await world.copies()).toHaveLength(0);
      world.clock.now += 10 * 60 * 1000;
      await ask();
      expect(await world.copies()).toHaveLength(1);
    });

    test("whose snapshot may not be read is refused, with what would help", async () => {
      await using world = await open();
      const message = "You do not have permission to access the storage of this ami";
      world.failNext("CopyImage", { name: "InvalidRequest", message });
      const found = world.origins.resolve(await world.newBake(), image(stock.linux));
      await expect(found).rejects.toMatchObject({
        name: "OriginRefused",
        message: expect.stringMatching(
          /137112412989, lets nobody read the snapshot behind it\. .*CreateImage, which this version does not do/,
        ),
      });
    });

    test.each([
      [
        "CopyImage",
        "ResourceLimitExceeded",
        "OriginPending",
        /no room for another copy now: Too many/,
      ],
      ["CopyImage", "RequestLimitExceeded", "CloudBusy", /it is asked again/],
      ["DescribeImages", "RequestLimitExceeded", "CloudBusy", /it is asked again/],
    ])("waits when %s says %s", async (call, name, waits, message) => {
      await using world = await open();
      world.failNext(call, { name, message: "Too many" });
      const bake = await world.newBake();
      await expect(world.origins.resolve(bake, image(stock.linux))).rejects.toMatchObject({
        ...{ name: waits, message: expect.stringMatching(message) },
      });
    });

    test("that is gone is still baked from its copy, and one that never was is NotFound", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.doomed));
      const DeprecationTime = "2099-01-02T03:04:00.000Z";
      world.known.set(stock.doomed, { DeprecationTime, ImageAllowed: false });
      await expect(ask()).rejects.toMatchObject({ name: "OriginPending" });
      const { lineage } = await ask();
      await world.plain.send(new DeregisterImageCommand({ ImageId: stock.doomed }));
      // what EC2 no longer knows is told as it was when it was copied
      expect(await ask()).toMatchObject({ architecture: "x86_64" });
      expect((await ask()).lineage).toEqual(lineage.map((one) => ({ ...one, told: "at copying" })));
      expect(lineage).toMatchObject([{ allowed: false }]);
      expect(lineage[0]).not.toHaveProperty("deprecated");
      world.clock.now = Date.parse("2099-02-01T00:00:00Z");
      expect((await ask()).lineage).toMatchObject([{ deprecated: DeprecationTime }]);
      // nor is it told of a copy that a version made which noted nothing: a policy does not pass
      const [copy = {}] = await world.copies();
      const noted = (copy.Tags ?? []).filter(({ Key = "" }) =>
        /^ovenbird:copy-(?:created|public|allowed|deprecation)$/.test(Key),
      );
      expect(noted.length).toBeGreaterThan(1);
      const Resources = [copy.ImageId ?? ""];
      await world.plain.send(
        new DeleteTagsCommand({ Resources, Tags: noted.map(({ Key }) => ({ Key })) }),
      );
      const nothing = { told: "never", created: undefined, public: undefined, allowed: undefined };
      expect((await ask()).lineage).toEqual(lineage.map((one) => ({ ...one, ...nothing })));
      const other = "ami-0123456789abcdef0";
      await expect(world.origins.resolve(bake, image(other))).rejects.toMatchObject({
        name: "NotFound",
        message: `there is no image ${other} in eu-west-1; it is of another region, was deregistered, or is not shared with this account`,
      });
    });

    test("that is deprecated is used, and told to be", async () => {
      await using world = await open();
      world.known.set(stock.linux, { DeprecationTime: "2020-01-02T03:04:00Z" });
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.linux));
      await expect(ask()).rejects.toThrow();
      expect((await ask()).lineage).toMatchObject([{ deprecated: "2020-01-02T03:04:00.000Z" }]);
      world.known.set(stock.linux, { DeprecationTime: "2099-01-01T00:00:00Z" });
      expect((await ask()).lineage[0]).not.toHaveProperty("deprecated");
    });

    test("that is a copy of this stage's own is refused, by the original's name", async () => {
      await using world = await open();
      const bake = await world.newBake();
      await expect(world.origins.resolve(bake, image(stock.linux))).rejects.toThrow();
      const [copy] = await world.copies();
      const found = world.origins.resolve(bake, image(copy?.ImageId ?? ""));
      await expect(found).rejects.toThrow(/own copy of ami-760aaa0f; name that one/);
    });

    test("says of its copy on which day it was last used, once a day", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const ask = () => world.origins.resolve(bake, image(stock.linux));
      const marks = () => world.calls.filter(({ name }) => name === "CreateTags");
      await expect(ask()).rejects.toThrow();
      await ask();
      expect(marks()).toEqual([]);
      world.clock.now += 2 * day;
      await ask();
      await ask();
      const today = new Date(world.clock.now).toISOString().slice(0, 10);
      expect(marks().map(({ input }) => input["Tags"])).toEqual([
        [{ Key: "ovenbird:used-on", Value: today }],
      ]);
    });
  });

  const unfit: [what: string, id: string, facts: object, why: RegExp][] = [
    ["Windows", stock.windows, {}, /it is Windows, and bakes are of Linux/],
    ["paravirtual", stock.paravirtual, {}, /virtualization is paravirtual/],
    ["of an instance store", stock.instanceStore, {}, /root is an instance-store/],
    ["for i386", stock.linux, { Architecture: "i386" }, /it is for i386; choose one for x86_64 or/],
    ["for a Mac", stock.linux, { Architecture: "arm64_mac" }, /it is for arm64_mac/],
    ["pending", stock.linux, { State: "pending" }, /it is pending/],
    ["disabled", stock.linux, { State: "disabled" }, /it is disabled/],
    [
      "failed",
      stock.linux,
      { State: "failed", StateReason: { Message: "no disk" } },
      /it is failed: no disk;/,
    ],
    ["a kernel", stock.linux, { ImageType: "kernel" }, /it is a kernel/],
    [
      "Red Hat",
      stock.linux,
      { PlatformDetails: "Red Hat Enterprise Linux", UsageOperation: "RunInstances:0010" },
      /the billing code of Red Hat Enterprise Linux \(RunInstances:0010\), and .* loses it/,
    ],
    [
      "SUSE",
      stock.linux,
      { PlatformDetails: "SUSE Linux", UsageOperation: "RunInstances:000g" },
      /the billing code of SUSE Linux/,
    ],
    [
      "billed for software on plain Linux",
      stock.linux,
      { PlatformDetails: "Linux/UNIX", UsageOperation: "RunInstances:0004" },
      /the billing code of Linux\/UNIX \(RunInstances:0004\)/,
    ],
    [
      "of the Marketplace",
      stock.linux,
      { ProductCodes: [{ ProductCodeId: "abc", ProductCodeType: "marketplace" }] },
      /product code abc of the marketplace/,
    ],
    ["without a snapshot", stock.linux, { BlockDeviceMappings: [] }, /no snapshot backs its root/],
    [
      "rooted on another device than it says",
      stock.linux,
      { RootDeviceName: "/dev/sdz" },
      /no snapshot backs its root, \/dev\/sdz/,
    ],
    [
      "of two disks",
      stock.linux,
      {
        BlockDeviceMappings: [
          { DeviceName: "/dev/xvda", Ebs: { SnapshotId: "snap-0a1b2c3d", VolumeSize: 8 } },
          { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
          { DeviceName: "/dev/sdf", Ebs: { SnapshotId: "snap-1a2b3c4d", VolumeSize: 8 } },
        ],
      },
      /more disks than its root \(\/dev\/sdf from snap-1a2b3c4d\)/,
    ],
  ];

  test.each(unfit)("an image that is %s is refused, with the reason", async (_, id, facts, why) => {
    await using world = await open();
    world.known.set(id, facts);
    const found = world.origins.resolve(await world.newBake(), image(id));
    await expect(found).rejects.toMatchObject({
      name: "OriginRefused",
      message: expect.stringMatching(why),
    });
    expect(copyCalls(world)).toEqual([]);
  });

  describe("a filter", () => {
    const amazon = { kind: "filter" as const, owners: ["137112412989"] };

    test("is the newest image of its owners that fits, over all pages", async () => {
      await using world = await open();
      world.pagesOf(2);
      const date = (id: string, CreationDate: string) => world.known.set(id, { CreationDate });
      date("ami-076f415166b04f5fe", "2026-01-01T00:00:00.000Z");
      date("ami-0b301ce3ce347599c", "2026-03-01T00:00:00.000Z");
      date("ami-0e9271c829888680e", "2026-02-01T00:00:00.000Z");
      const filters = { name: ["al2022-ami-*"], architecture: ["x86_64", "arm64"] };
      expect(await sourceOf(world, { ...amazon, filters })).toBe("ami-0b301ce3ce347599c");
      const [asked] = world.calls;
      expect(asked?.input).toMatchObject({
        Owners: ["137112412989"],
        Filters: [
          { Name: "state", Values: ["available"] },
          { Name: "name", Values: ["al2022-ami-*"] },
          { Name: "architecture", Values: ["x86_64", "arm64"] },
        ],
      });
    });

    test("that nothing of these owners fits is NotFound, and says what was looked for", async () => {
      await using world = await open();
      const filters = { name: ["al2022-ami-*"], architecture: ["x86_64"] };
      const reference = { ...amazon, owners: ["self"], filters };
      const found = world.origins.resolve(await world.newBake(), reference);
      await expect(found).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringContaining(
          "image of self in this region fits the origin's filter (name: al2022-ami-*; architecture: x86_64)",
        ),
      });
    });

    test("that an image of this stage's fits is that image, and is not copied", async () => {
      await using world = await open();
      const own = await world.bake("fits-a-filter");
      const filters = { "tag:ovenbird:recipe": ["fits-a-filter"] };
      const reference = { kind: "filter" as const, owners: ["self"], filters };
      const { lineage } = await world.origins.resolve(await world.newBake(), reference);
      expect(lineage[0]).toEqual({ kind: "image", imageId: own.imageId, name: "fits-a-filter" });
      expect(copyCalls(world)).toEqual([]);
    });

    test("passes over this stage's candidates, and over copies of stock images", async () => {
      await using world = await open();
      const filters = { "tag:ovenbird:recipe": ["half-baked"] };
      const reference = { kind: "filter" as const, owners: ["self"], filters };
      const own = await world.bake("half-baked", { created: "2026-01-01T00:00:00.000Z" });
      const later = { created: "2026-02-01T00:00:00.000Z" };
      const candidate = await world.bake("half-baked", { ...later, state: "candidate" });
      const copy = await world.bake("half-baked", later);
      const Tags = [{ Key: "ovenbird:role", Value: "origin" }];
      await world.plain.send(new CreateTagsCommand({ Resources: [copy.imageId], Tags }));
      const { lineage } = await world.origins.resolve(await world.newBake(), reference);
      expect(lineage[0]).toMatchObject({ kind: "image", imageId: own.imageId });
      expect(candidate.imageId).not.toBe(own.imageId);
    });
  });

  describe("a parameter", () => {
    test("is the image whose id it holds, a public parameter too", async () => {
      await using world = await open();
      const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
      const bake = await world.newBake();
      await expect(world.origins.resolve(bake, named(name))).rejects.toThrow(/is being copied/);
      const { lineage, architecture } = await world.origins.resolve(bake, named(name));
      expect(lineage).toMatchObject([{ kind: "stock", name: expect.stringMatching(/^al2023-/) }]);
      expect(architecture).toBe("x86_64");
    });

    test("that is not there is NotFound, and one that holds no image's id is refused", async () => {
      await using world = await open();
      const bake = await world.newBake();
      await expect(world.origins.resolve(bake, named("/none"))).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringContaining("in the parameter /none, and there is no such parameter"),
      });
      const value = { Name: "/mine", Value: "img-0123456789abcdef0", Type: "String" } as const;
      await world.ssm.send(new PutParameterCommand(value));
      await expect(world.origins.resolve(bake, named("/mine"))).rejects.toMatchObject({
        name: "OriginRefused",
        message: expect.stringContaining('not hold the id of an image but "img-0123456789abcdef0"'),
      });
    });
  });

  test("an image of one machine, and a disk's file, are refused in an account", async () => {
    await using world = await open();
    const bake = await world.newBake();
    const local = image("img-0123456789abcdef0");
    await expect(world.origins.resolve(bake, local)).rejects.toThrow(/is an image of one machine/);
    const file = { kind: "file", file: "a.raw" } as const;
    await expect(world.origins.resolve(bake, file)).rejects.toThrow(/imported on one machine only/);
  });

  test("an image that is not shared with the account is refused as such", async () => {
    await using world = await open();
    const message = "Not authorized for images: [ami-760aaa0f]";
    world.failNext("DescribeImages", { name: "AuthFailure", message });
    const found = world.origins.resolve(await world.newBake(), image(stock.linux));
    await expect(found).rejects.toMatchObject({
      name: "OriginRefused",
      message: expect.stringContaining("is not shared with this account"),
    });
  });

  test("an image of another stage is stock, and so are tags that its own account gave it", async () => {
    await using world = await open();
    const other = await world.bake("base");
    const Tags = [
      { Key: "ovenbird:stage", Value: "other" },
      { Key: "ovenbird:role", Value: "image" },
    ];
    const facts = { ...root(other.snapshotId), ...linux };
    world.known.set(other.imageId, { Tags, ...facts });
    const bake = await world.newBake();
    await expect(world.origins.resolve(bake, image(other.imageId))).rejects.toThrow(/being copied/);
    const forged = [{ Key: "ovenbird:stage", Value: world.stage.name }];
    world.known.set(stock.linux, { Tags: forged });
    await expect(world.origins.resolve(bake, image(stock.linux))).rejects.toThrow(/being copied/);
  });

  test("a published image whose record is missing or broken is told as such", async () => {
    await using world = await open();
    const own = await world.bake("base");
    await world.record(own, "{}");
    const ask = async () => world.origins.resolve(await world.newBake(), image(own.imageId));
    await expect(ask()).rejects.toMatchObject({
      name: "CorruptRecord",
      message: expect.stringContaining(
        `images/${own.imageId}.json is not a record of this version`,
      ),
    });
  });

  describe("unused copies", () => {
    test("are those that no recorded image descends from, and that are older than that", async () => {
      await using world = await open();
      world.pagesOf(1);
      const [needed, unused] = [await copied(world, stock.linux), await copied(world, stock.arm)];
      const of = { kind: "stock", imageId: ImageId.parse(stock.linux), name: "a" } as const;
      const debian = { kind: "scratch", distribution: "debian", suite: "trixie" } as const;
      const parent = { kind: "image", imageId: ImageId.parse("ami-0a1b2c3d"), name: "p" } as const;
      await world.bake("child", { lineage: [parent, { ...of, owner: "1", copyId: needed }] });
      await world.bake("other", { lineage: [debian] });
      expect(await unusedCopies(world.account, 7)).toEqual([]);
      world.clock.now += 9 * day;
      expect(await unusedCopies(world.account, 7)).toEqual([
        {
          ...{ imageId: unused, copyOf: stock.arm, snapshotIds: [expect.stringMatching(/^snap-/)] },
          lastUse: new Date(world.clock.now - 9 * day).toISOString().slice(0, 10),
        },
      ]);
    });

    test("are not those that a bake started from a moment ago", async () => {
      await using world = await open();
      await copied(world, stock.linux);
      world.clock.now += 9 * day;
      await world.origins.resolve(await world.newBake(), image(stock.linux));
      expect(await unusedCopies(world.account, 7)).toEqual([]);
      world.clock.now += 9 * day;
      expect(await unusedCopies(world.account, 7)).toHaveLength(1);
    });

    test("are none when a record cannot be read: what it needs is not known", async () => {
      await using world = await open();
      await copied(world, stock.linux);
      const own = await world.bake("base");
      await world.record(own, "{");
      world.clock.now += 9 * day;
      await expect(unusedCopies(world.account, 7)).rejects.toMatchObject({ name: "CorruptRecord" });
    });
  });
});

/** What moto does not say of an image that was registered. */
const root = (SnapshotId: string) => ({
  RootDeviceName: "/dev/xvda",
  BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId, VolumeSize: 8 } }],
});
const linux = { Architecture: "x86_64", VirtualizationType: "hvm", RootDeviceType: "ebs" } as const;
