import { describe, expect, test } from "vitest";
import { noWishes } from "../../core/builder-wishes.ts";
import { type BakeId, BuilderId, VolumeId } from "../../core/ids.ts";
import type { Builders, BuilderSpec } from "../../core/ports.ts";

export interface BuildersWorld extends AsyncDisposable {
  builders: Builders;
  newBake(): Promise<BakeId>;
}

const spec: BuilderSpec = {
  architecture: "x86_64",
  rootVolumeSize: 2,
  snapshotId: null,
  wishes: noWishes,
};

/** The builder, once it is up: until then it is pending, and asking again is the poll. */
const provisioned = async (builders: Builders, bake: BakeId) => {
  for (;;) {
    try {
      return await builders.provision(bake, spec);
    } catch (error) {
      if ((error as Error).name !== "BuilderPending") throw error;
    }
  }
};

export const describeBuilders = (name: string, open: () => Promise<BuildersWorld>) =>
  describe(`${name} builders`, () => {
    test("are provisioned with a working disk", async () => {
      await using world = await open();
      const { builderId, volumeId } = await provisioned(world.builders, await world.newBake());
      expect(BuilderId.parse(builderId)).toBe(builderId);
      expect(VolumeId.parse(volumeId)).toBe(volumeId);
    });

    test("are the same when they are provisioned again", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const first = await provisioned(world.builders, bake);
      expect(await provisioned(world.builders, bake)).toEqual(first);
      expect(await world.builders.release(bake)).toBe(1);
    });

    test("are one for a bake, however many ask at once", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const all = await Promise.all([1, 2, 3].map(() => provisioned(world.builders, bake)));
      expect(new Set(all.map(({ builderId }) => builderId)).size).toBe(1);
      expect(await world.builders.release(bake)).toBe(1);
    });

    test("are released once, and then there are none", async () => {
      await using world = await open();
      const bake = await world.newBake();
      await provisioned(world.builders, bake);
      expect(await world.builders.release(bake)).toBe(1);
      expect(await world.builders.release(bake)).toBe(0);
    });

    test("of a bake that has none are released without complaint", async () => {
      await using world = await open();
      expect(await world.builders.release(await world.newBake())).toBe(0);
    });

    test("that are kept are released when that time is over, and no sooner", async () => {
      await using world = await open();
      const bake = await world.newBake();
      const first = await provisioned(world.builders, bake);
      expect(await world.builders.keep(bake, new Date(Date.now() + 60_000))).toBe(1);
      expect(await world.builders.release(bake)).toBe(0);
      expect(await provisioned(world.builders, bake)).toEqual(first);
      expect(await world.builders.keep(bake, new Date(Date.now() - 1))).toBe(1);
      expect(await world.builders.release(bake)).toBe(1);
    });

    test("that are not there cannot be kept", async () => {
      await using world = await open();
      const bake = await world.newBake();
      expect(await world.builders.keep(bake, new Date(Date.now() + 60_000))).toBe(0);
    });

    test("of two bakes are not each other's", async () => {
      await using world = await open();
      const [one, other] = [await world.newBake(), await world.newBake()];
      const ofOne = await provisioned(world.builders, one);
      const ofOther = await provisioned(world.builders, other);
      expect(ofOne.builderId).not.toBe(ofOther.builderId);
      expect(ofOne.volumeId).not.toBe(ofOther.volumeId);
      await world.builders.release(one);
      expect(await provisioned(world.builders, other)).toEqual(ofOther);
      expect(await world.builders.release(other)).toBe(1);
    });
  });
