import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { noAttributes } from "../../core/image-attributes.ts";
import { ImageId, type SnapshotId } from "../../core/ids.ts";
import { Image } from "../../core/image.ts";
import type { Images, ImageSpec, Statements } from "../../core/ports.ts";

export interface ImagesWorld extends AsyncDisposable {
  images: Images;
  statements: Statements;
  /** What a bake of its own, with a finished snapshot, registers. */
  newSpec(): Promise<ImageSpec>;
  /** A snapshot that is another than the spec's. */
  otherSnapshot(spec: ImageSpec): Promise<SnapshotId>;
}

export const describeImages = (name: string, open: () => Promise<ImagesWorld>) =>
  describe(`${name} images`, () => {
    test("are published with what they were registered with", async () => {
      await using world = await open();
      const spec = { ...(await world.newSpec()), description: "grüße", tags: { role: "web" } };
      const imageId = await world.images.register(spec, noAttributes);
      expect(ImageId.parse(imageId)).toBe(imageId);
      const image = await world.images.publish(imageId);
      expect(Image.parse(image)).toEqual(image);
      expect(image).toMatchObject({ ...spec, imageId, state: "published" });
      expect(Math.abs(Date.parse(image.created) - Date.now())).toBeLessThan(60_000);
    });

    test("say of which drop they are, and which of a bake is published", async () => {
      await using world = await open();
      const drop = {
        ...{ bucket: "recipes", key: "team/grüße.yaml", versionId: "v1" },
        ...{ sequencer: "0055AED6DCD90281E5", at: "2026-11-21T12:00:00Z" },
      };
      const spec = { ...(await world.newSpec()), drop };
      expect(await world.images.complete(spec.bake)).toBeUndefined();
      const imageId = await world.images.register(spec, noAttributes);
      expect(await world.images.complete(spec.bake)).toBeUndefined();
      const image = await world.images.publish(imageId);
      expect(image.drop).toEqual(drop);
      expect(await world.images.complete(spec.bake)).toEqual(image);
    });

    test("say which statements they were published with, and of none that they have none", async () => {
      await using world = await open();
      const text = "a line of grüße\n";
      const statement = `sha256:${createHash("sha256").update(text).digest("hex")}`;
      const spec = await world.newSpec();
      const imageId = await world.images.register(spec, noAttributes);
      expect(await world.images.publish(imageId, text)).toMatchObject({ statement });
      expect(await world.images.publish(imageId, text)).toMatchObject({ statement });
      expect(await world.images.complete(spec.bake)).toMatchObject({ statement });
      const kept = await world.statements.find(imageId);
      expect(kept).toMatchObject({ text, image: { imageId, bake: spec.bake, statement } });
      const other = await world.images.register(await world.newSpec(), noAttributes);
      expect(await world.images.publish(other)).not.toHaveProperty("statement");
      expect((await world.statements.find(other)).text).toBeUndefined();
      const missing = world.statements.find(ImageId.parse("img-00000000000000000"));
      await expect(missing).rejects.toMatchObject({ name: "NotFound" });
    });

    test("say when they are deprecated, to the minute; others never are", async () => {
      await using world = await open();
      const attributes = { ...noAttributes, deprecateAfter: 86_400 };
      const imageId = await world.images.register(await world.newSpec(), attributes);
      const { created, deprecateAt = "" } = await world.images.publish(imageId);
      expect(Date.parse(deprecateAt) % 60_000).toBe(0);
      expect(Math.abs(Date.parse(deprecateAt) - Date.parse(created) - 86_400_000)).toBeLessThan(
        60_000,
      );
      const other = await world.images.register(await world.newSpec(), noAttributes);
      expect(await world.images.publish(other)).not.toHaveProperty("deprecateAt");
    });

    test("are the same when they are registered again", async () => {
      await using world = await open();
      const spec = await world.newSpec();
      const imageId = await world.images.register(spec, noAttributes);
      expect(await world.images.register(spec, noAttributes)).toBe(imageId);
      expect(await world.images.release(spec.bake)).toBe(1);
    });

    test("stay published when they are registered or published again", async () => {
      await using world = await open();
      const spec = await world.newSpec();
      const imageId = await world.images.register(spec, noAttributes);
      const published = await world.images.publish(imageId);
      expect(await world.images.register(spec, noAttributes)).toBe(imageId);
      expect(await world.images.publish(imageId)).toEqual(published);
    });

    test("of another snapshot are refused the name, and nothing is changed", async () => {
      await using world = await open();
      const spec = await world.newSpec();
      const imageId = await world.images.register(spec, noAttributes);
      const snapshotId = await world.otherSnapshot(spec);
      await expect(
        world.images.register({ ...spec, snapshotId }, noAttributes),
      ).rejects.toMatchObject({
        name: "ImageNameTaken",
      });
      expect(await world.images.publish(imageId)).toMatchObject({
        snapshotId: spec.snapshotId,
      });
    });

    test("that are not there are NotFound, by name", async () => {
      await using world = await open();
      const imageId = ImageId.parse("img-00000000000000000");
      await expect(world.images.publish(imageId)).rejects.toMatchObject({
        name: "NotFound",
        message: expect.stringContaining(imageId),
      });
    });

    test("that are candidates are released once, and are then not there", async () => {
      await using world = await open();
      const spec = await world.newSpec();
      const imageId = await world.images.register(spec, noAttributes);
      expect(await world.images.release(spec.bake)).toBe(1);
      expect(await world.images.release(spec.bake)).toBe(0);
      await expect(world.images.publish(imageId)).rejects.toMatchObject({ name: "NotFound" });
    });

    test("that are published are never released", async () => {
      await using world = await open();
      const spec = await world.newSpec();
      const imageId = await world.images.register(spec, noAttributes);
      const published = await world.images.publish(imageId);
      expect(await world.images.release(spec.bake)).toBe(0);
      expect(await world.images.publish(imageId)).toEqual(published);
    });

    test("of two bakes are not each other's, though they have one name", async () => {
      await using world = await open();
      const [one, other] = [await world.newSpec(), await world.newSpec()];
      const ofOne = await world.images.register(one, noAttributes);
      const ofOther = await world.images.register({ ...other, name: one.name }, noAttributes);
      expect(ofOne).not.toBe(ofOther);
      expect(await world.images.release(one.bake)).toBe(1);
      expect(await world.images.publish(ofOther)).toMatchObject({ bake: other.bake });
    });
  });
