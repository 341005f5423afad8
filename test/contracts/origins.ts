import { describe, expect, test } from "vitest";
import { type BakeId, ImageId } from "../../core/ids.ts";
import type { Image } from "../../core/image.ts";
import type { OriginReference } from "../../core/origin.ts";
import type { Origins } from "../../core/ports.ts";

export interface OriginsWorld extends AsyncDisposable {
  origins: Origins;
  newBake(): Promise<BakeId>;
  /** An image of a recipe, with its lineage. */
  bake(
    name: string,
    more?: Partial<Pick<Image, "state" | "lineage" | "created" | "drop">>,
  ): Promise<Image>;
}

const debian = { kind: "scratch", distribution: "debian", suite: "trixie" } as const;
const scratch: OriginReference = { ...debian, packages: ["nginx"], fileSystem: "ext4" };

export const describeOrigins = (name: string, open: () => Promise<OriginsWorld>) =>
  describe(`${name} origins`, () => {
    test("from scratch are an empty disk, with the distribution as the lineage", async () => {
      await using world = await open();
      const origin = await world.origins.resolve(await world.newBake(), scratch);
      expect(origin).toEqual({ lineage: [debian], snapshotId: null });
    });

    test("of a recipe are its newest published image, with its own lineage after it", async () => {
      await using world = await open();
      await world.bake("base", { created: "2026-01-01T00:00:00.000Z" });
      const image = await world.bake("base", { created: "2026-03-01T00:00:00.000Z" });
      await world.bake("base", { created: "2026-02-01T00:00:00.000Z" });
      await world.bake("base", { created: "2026-04-01T00:00:00.000Z", state: "candidate" });
      await world.bake("other", { created: "2026-05-01T00:00:00.000Z" });
      const reference = { kind: "recipe", recipe: "base" } as const;
      expect(await world.origins.resolve(await world.newBake(), reference)).toEqual({
        lineage: [{ kind: "image", imageId: image.imageId, name: "base" }, ...image.lineage],
        snapshotId: image.snapshotId,
        architecture: image.disk.architecture,
        rootVolumeSize: image.rootVolumeSize,
      });
    });

    test("of a recipe are the image of its newest drop, whichever was registered last", async () => {
      await using world = await open();
      const drop = { bucket: "recipes", key: "base.yaml", at: "2026-01-01T00:00:00Z" };
      const newer = await world.bake("base", {
        created: "2026-02-01T00:00:00.000Z",
        drop: { ...drop, sequencer: "0A1" },
      });
      await world.bake("base", {
        created: "2026-03-01T00:00:00.000Z",
        drop: { ...drop, sequencer: "9F" },
      });
      const reference = { kind: "recipe", recipe: "base" } as const;
      const { lineage } = await world.origins.resolve(await world.newBake(), reference);
      expect(lineage[0]).toMatchObject({ imageId: newer.imageId });
    });

    test("of one image are that image, and its ancestors", async () => {
      await using world = await open();
      const base = await world.bake("base");
      const parent = { kind: "image", imageId: base.imageId, name: "base" } as const;
      const child = await world.bake("child", { lineage: [parent, ...base.lineage] });
      const reference = { kind: "image", imageId: child.imageId } as const;
      const { lineage } = await world.origins.resolve(await world.newBake(), reference);
      expect(lineage).toEqual([
        { kind: "image", imageId: child.imageId, name: "child" },
        parent,
        debian,
      ]);
    });

    test("of a recipe that published nothing are NotFound, by its name", async () => {
      await using world = await open();
      await world.bake("base", { state: "candidate" });
      const reference = { kind: "recipe", recipe: "base" } as const;
      await expect(world.origins.resolve(await world.newBake(), reference)).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringMatching(/recipe base, and none is published yet/),
      });
    });

    test("that are candidates are not used", async () => {
      await using world = await open();
      const { imageId } = await world.bake("base", { state: "candidate" });
      const found = world.origins.resolve(await world.newBake(), { kind: "image", imageId });
      await expect(found).rejects.toThrow(imageId);
    });

    test("that are not there are NotFound, by their id", async () => {
      await using world = await open();
      const { imageId } = await world.bake("base");
      const id = `${imageId.slice(0, 4)}0123456789abcdef0`;
      const reference = { kind: "image", imageId: ImageId.parse(id) } as const;
      await expect(world.origins.resolve(await world.newBake(), reference)).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringContaining(id),
      });
    });
  });
