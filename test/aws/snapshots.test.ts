import { DeleteVolumeCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ec2Snapshots } from "../../aws/snapshots.ts";
import { noAttributes } from "../../core/image-attributes.ts";
import { type BakeId, SnapshotId, type VolumeId } from "../../core/ids.ts";
import type { Stay } from "../../core/stay.ts";
import { describeSnapshots } from "../contracts/snapshots.ts";
import { bakeryOn, clientsOn, makeBucket, stage } from "../support/bakery-on-moto.ts";
import { imageSpec } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { between } from "../support/recorded.ts";

type Described = { Snapshots: { SnapshotId: string; StartTime: Date }[] };

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const open = async (clients = clientsOn(moto), stay?: Stay) => {
    const bakery = bakeryOn(moto, clients, stay);
    const disks = new Map<BakeId, VolumeId>();
    return {
      ...bakery,
      async bakeWithDisk(size: number) {
        const bake = await bakery.newBake();
        const volumeId = await bakery.newDisk(size);
        disks.set(bake, volumeId);
        return { bake, volumeId };
      },
      async releaseBuilder(bake: BakeId) {
        await bakery.ec2.send(new DeleteVolumeCommand({ VolumeId: disks.get(bake) }));
      },
      async register(bake: BakeId, snapshotId: SnapshotId, state: "candidate" | "published") {
        const imageId = await bakery.images.register(imageSpec(bake, snapshotId), noAttributes);
        if (state === "published") await bakery.images.publish(imageId);
      },
    };
  };

  describeSnapshots("EC2", open);

  /** As a bake's own function makes them: what was begun is noted. */
  const openNoted = async (clients = clientsOn(moto)) => {
    const world = await open(clients);
    return { ...world, snapshots: ec2Snapshots({ ...world.aws, notes: world.aws }) };
  };
  describeSnapshots("EC2, where it is noted what was begun,", openNoted);

  test("who notes first that a snapshot is begun looks for none, and who comes later finds it", async () => {
    const world = await openNoted();
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const made = await world.snapshots.create(bake, volumeId, {});
    const calls = () => world.asked.map(({ call }) => call).filter((call) => /Snapshot/.test(call));
    expect(calls()).toEqual(["CreateSnapshot"]);
    expect(await world.snapshots.create(bake, volumeId, {})).toBe(made);
    expect(calls()).toEqual(["CreateSnapshot", "DescribeSnapshots"]);
  });

  test("a snapshot that was noted, and never begun, is begun by the next call", async () => {
    const clients = clientsOn(moto);
    between(clients.ec2, async ({ call }, next) => {
      if (call === "CreateSnapshot") throw new Error("the function was stopped");
      return next();
    });
    const world = await openNoted(clients);
    const { bake, volumeId } = await world.bakeWithDisk(1);
    await expect(world.snapshots.create(bake, volumeId, {})).rejects.toThrow(/was stopped/);
    const { snapshots } = await openNoted();
    const made = await snapshots.create(bake, volumeId, {});
    expect(await snapshots.create(bake, volumeId, {})).toBe(made);
    expect(await snapshots.release(bake)).toBe(1);
  });

  test("two that begin a bake's snapshot at once have one, though the first is not shown yet", async () => {
    const clients = clientsOn(moto);
    let looks = 0;
    between(clients.ec2, async ({ call }, next) =>
      call === "DescribeSnapshots" && ++looks <= 2 ? { Snapshots: [] } : next(),
    );
    const world = await openNoted(clients);
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const begin = () => world.snapshots.create(bake, volumeId, {});
    const [one, other] = await Promise.all([begin(), begin()]);
    expect(other).toBe(one);
    expect(world.asked.filter(({ call }) => call === "CreateSnapshot")).toHaveLength(1);
  });

  test("a snapshot carries its tags from the call that makes it, ours over the recipe's", async () => {
    const world = await open();
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const tags = { team: "web", "ovenbird:bake": "another" };
    await world.snapshots.create(bake, volumeId, tags);
    const made = world.asked.find(({ call }) => call === "CreateSnapshot");
    expect(made?.input).toEqual({
      VolumeId: volumeId,
      Description: expect.stringContaining(bake),
      TagSpecifications: [
        {
          ResourceType: "snapshot",
          Tags: expect.arrayContaining([
            { Key: "team", Value: "web" },
            { Key: "ovenbird:stage", Value: stage.name },
            { Key: "ovenbird:bake", Value: bake },
            { Key: "ovenbird:role", Value: "snapshot" },
          ]),
        },
      ],
    });
  });

  test("of two stages' snapshots of one bake, each stage releases its own", async () => {
    const world = await open();
    const other = ec2Snapshots({ ...world.aws, stage: { name: "other" } });
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const ours = await world.snapshots.create(bake, volumeId, {});
    expect(await other.create(bake, volumeId, {})).not.toBe(ours);
    expect(await other.release(bake)).toBe(1);
    expect(await world.snapshots.completed(ours)).toBe(1);
  });

  test("two that make a bake's snapshot at once end with one, and both answer it", async () => {
    const clients = clientsOn(moto);
    let looks = 0;
    between(clients.ec2, async ({ call }, next) => {
      const answer = (await next()) as Described;
      // both look before either has made one
      return call === "DescribeSnapshots" && ++looks <= 2 ? { Snapshots: [] } : answer;
    });
    const world = await open(clients);
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const [one, other] = await Promise.all([
      world.snapshots.create(bake, volumeId, {}),
      world.snapshots.create(bake, volumeId, {}),
    ]);
    expect(world.asked.filter(({ call }) => call === "CreateSnapshot")).toHaveLength(2);
    expect(other).toBe(one);
    expect(await world.snapshots.create(bake, volumeId, {})).toBe(one);
    expect(await world.snapshots.release(bake)).toBe(1);
  });

  test.each([
    ["snap-00000002", "snap-00000001", ["snap-00000002"]],
    ["snap-00000001", "snap-00000001", []],
  ])("of two begun in one moment, %s is answered %s", async (own, answer, removed) => {
    const clients = clientsOn(moto);
    const StartTime = new Date();
    const both = ["snap-00000002", "snap-00000001"].map((id) => ({ SnapshotId: id, StartTime }));
    const shown = [[], both];
    between(clients.ec2, async ({ call }) =>
      call === "DescribeSnapshots" ? { Snapshots: shown.shift() } : { SnapshotId: own },
    );
    const { snapshots, newBake, asked } = await open(clients);
    expect(await snapshots.create(await newBake(), "vol-00000001" as VolumeId, {})).toBe(answer);
    const deletes = asked.filter(({ call }) => call === "DeleteSnapshot");
    expect(deletes.map(({ input }) => input["SnapshotId"])).toEqual(removed);
  });

  test("a caller that never sees its own snapshot answers it all the same", async () => {
    const clients = clientsOn(moto);
    between(clients.ec2, async ({ call }, next) => {
      const answer = await next();
      return call === "DescribeSnapshots" ? { Snapshots: [] } : answer;
    });
    const world = await open(clients);
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const snapshotId = await world.snapshots.create(bake, volumeId, {});
    expect(await bakeryOn(moto).snapshots.create(bake, volumeId, {})).toBe(snapshotId);
  });

  /** A world in which EC2 says so of every snapshot that is asked for by its id. */
  const saying = async (...answers: object[]) => {
    const clients = clientsOn(moto);
    between(clients.ec2, async ({ call, input }, next) =>
      call === "DescribeSnapshots" && input["SnapshotIds"] !== undefined
        ? { Snapshots: [answers.shift()].filter(Boolean) }
        : next(),
    );
    return (await open(clients)).snapshots;
  };
  const snapshotId = SnapshotId.parse("snap-00000001");

  test("a pending snapshot says how far it is", async () => {
    const snapshots = await saying({ State: "pending", Progress: "45%" });
    await expect(snapshots.completed(snapshotId)).rejects.toMatchObject({
      name: "SnapshotPending",
      message: "the snapshot snap-00000001 is complete to 45%",
    });
  });

  test("a snapshot that failed says why, and with which key", async () => {
    const StateMessage = "Given key ID is not accessible";
    const snapshots = await saying({ State: "error", StateMessage, KmsKeyId: stage.keyArn });
    await expect(snapshots.completed(snapshotId)).rejects.toMatchObject({
      name: "SnapshotFailed",
      message: expect.stringMatching(
        /^the snapshot snap-00000001 .* Given key ID is not accessible; .*arn:aws:kms:/,
      ),
    });
  });

  test("a snapshot that EC2 does not know yet is looked for again", async () => {
    const unknown = [undefined, undefined] as unknown as object[];
    const snapshots = await saying(...unknown, { State: "completed", VolumeSize: 7 });
    expect(await snapshots.completed(snapshotId)).toBe(7);
  });

  const minutes = 60_000;
  const pending = (age = 0) => ({
    ...{ SnapshotId: snapshotId, State: "pending", Progress: "9%" },
    StartTime: new Date(Date.now() - age),
  });

  describe("that is awaited", () => {
    const completed = { ...pending(), State: "completed", VolumeSize: 7 };
    const throttled = Object.assign(new Error("slower"), { name: "RequestLimitExceeded" });

    /** Waits while EC2 lists these as pending, and says so of the one; with what it was asked. */
    const awaited = async (listed: object[], answers: object[] = [], most = 400) => {
      const clients = clientsOn(moto);
      between(clients.ec2, async ({ input }) => {
        if (input["SnapshotIds"] === undefined) return { Snapshots: listed };
        const answer = answers.shift() ?? pending();
        if (answer instanceof Error) throw answer;
        return { Snapshots: [answer] };
      });
      const stay: Stay = { pause: 20, most, young: 5 * minutes };
      const { snapshots, asked } = await open(clients, stay);
      const began = Date.now();
      const end = await snapshots.completed(snapshotId).catch((error: unknown) => error);
      return { end, looks: asked.length, took: Date.now() - began };
    };

    test("is asked for again by the function itself, and is answered at once", async () => {
      const answers = [pending(), pending(), completed];
      const { end, looks, took } = await awaited([pending()], answers, 60_000);
      expect([end, looks]).toEqual([7, 4]);
      expect(took).toBeLessThan(30_000);
    });

    test("is left to the state when the function's time is over", async () => {
      const { end, took } = await awaited([pending()]);
      expect(end).toMatchObject({ name: "SnapshotPending" });
      expect(took).toBeGreaterThan(300);
      expect(took).toBeLessThan(30_000);
    });

    test("is left to the state at once when it has been pending for long", async () => {
      const { end, looks } = await awaited([pending(10 * minutes)]);
      expect(end).toMatchObject({ name: "SnapshotPending" });
      expect(looks).toBe(1);
    });

    test.each([0, 10])("is looked for once a stay among many, %d minutes old", async (age) => {
      const { end, looks, took } = await awaited(Array(100).fill(pending(age * minutes)));
      expect(end).toMatchObject({ name: "SnapshotPending" });
      expect(looks).toBe(1);
      expect(took).toBeGreaterThan(300);
    });

    test("that EC2's search does not show yet is asked for by its id", async () => {
      expect(await awaited([], [pending(), completed], 60_000)).toMatchObject({ end: 7, looks: 3 });
    });

    test("is asked for less often when EC2 is asked too often", async () => {
      const { end, looks } = await awaited([pending()], [throttled, throttled, completed], 60_000);
      expect([end, looks]).toEqual([7, 4]);
      const refused = Array(9).fill(throttled);
      const later = await awaited([pending()], refused);
      expect(later.end).toMatchObject({ name: "SnapshotPending" });
      expect(later.looks).toBeLessThan(7); // 20, 40, 80 and 160 ms, and what is left
    });
  });

  test("all of a bake's snapshots are released, on however many pages, also pending ones", async () => {
    const clients = clientsOn(moto);
    between(clients.ec2, async ({ call, input }, next) => {
      const answer = (await next()) as Described;
      if (call !== "DescribeSnapshots" || answer.Snapshots.length < 2) return answer;
      const at = Number(input["NextToken"] ?? 0);
      const Snapshots = answer.Snapshots.slice(at, at + 1).map((one) => ({
        ...{ ...one, State: "pending" },
      }));
      return { Snapshots, NextToken: at < answer.Snapshots.length - 1 ? `${at + 1}` : undefined };
    });
    const world = await open(clients);
    const { bake, volumeId } = await world.bakeWithDisk(1);
    const unseeing = clientsOn(moto);
    between(unseeing.ec2, async ({ call }, next) =>
      call === "DescribeSnapshots" ? { Snapshots: [] } : next(),
    );
    const blind = await open(unseeing);
    for (let count = 0; count < 3; count++) await blind.snapshots.create(bake, volumeId, {});
    expect(await world.snapshots.release(bake)).toBe(3);
    expect(await bakeryOn(moto).snapshots.release(bake)).toBe(0);
  });

  test("a snapshot that EC2 still has in use, though its image is gone, is tried again", async () => {
    const clients = clientsOn(moto);
    let refusals = 2;
    between(clients.ec2, async ({ call }, next) => {
      if (call !== "DeleteSnapshot" || refusals-- <= 0) return next();
      throw Object.assign(new Error("in use"), { name: "InvalidSnapshot.InUse" });
    });
    const world = await open(clients);
    const { bake, volumeId } = await world.bakeWithDisk(1);
    await world.snapshots.create(bake, volumeId, {});
    expect(await world.snapshots.release(bake)).toBe(1);
    refusals = 100;
    const snapshotId = await world.snapshots.create(bake, volumeId, {});
    await expect(world.snapshots.release(bake)).rejects.toMatchObject({
      name: "InUse",
      message: expect.stringContaining(snapshotId),
    });
  });

  test("one that cannot be deleted keeps no other from being so, and is told", async () => {
    const clients = clientsOn(moto);
    let deletes = 0;
    between(clients.ec2, async ({ call }, next) => {
      if (call === "DescribeSnapshots") {
        return { Snapshots: ["snap-00000001", "snap-00000002"].map(begun) };
      }
      if (call !== "DeleteSnapshot") return next();
      if (++deletes === 1) throw Object.assign(new Error("no"), { name: "UnauthorizedOperation" });
      return {};
    });
    const { snapshots, newBake } = await open(clients);
    await expect(snapshots.release(await newBake())).rejects.toThrow("no");
    expect(deletes).toBe(2);
  });
});

const begun = (id: string) => ({ SnapshotId: id, StartTime: new Date() });
