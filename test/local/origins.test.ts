import { rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ImageId, SnapshotId } from "../../core/ids.ts";
import type { Image } from "../../core/image.ts";
import type { OriginReference } from "../../core/origin.ts";
import { madeId } from "../../local/made-id.ts";
import { folderOrigins } from "../../local/origins.ts";
import { imageRecord } from "../../local/paths.ts";
import { describeOrigins, type OriginsWorld } from "../contracts/origins.ts";
import { imageSpec, openState, someBake } from "../support/local-state.ts";

const openWorld = async (): Promise<OriginsWorld> => {
  const state = await openState();
  const { signal } = new AbortController();
  const written: string[] = [];
  return {
    origins: folderOrigins({
      paths: state.paths,
      recipeFolder: state.paths.images,
      approve: async () => {},
      signal,
    }),
    newBake: () => state.newBake(),
    async bake(name, more) {
      const bake = someBake();
      const [imageId, snapshotId] = [madeId("img", bake), madeId("snap", bake)];
      const image: Image = {
        ...imageSpec(bake, SnapshotId.parse(snapshotId)),
        ...{ name, state: "published", created: new Date().toISOString() },
        ...more,
        imageId: ImageId.parse(imageId),
      };
      const record = imageRecord(state.paths, image.imageId);
      written.push(record);
      await writeFile(record, JSON.stringify(image));
      return image;
    },
    async [Symbol.asyncDispose]() {
      for (const record of written) await rm(record);
      await state[Symbol.asyncDispose]();
    },
  };
};

describeOrigins("local", openWorld);

const ofAccounts: OriginReference[] = [
  { kind: "image", imageId: ImageId.parse("ami-0a1b2c3d") },
  { kind: "parameter", parameter: "/aws/service/x" },
  { kind: "filter", owners: ["amazon"], filters: { name: ["x"] } },
];

test.each(ofAccounts)(
  "an origin of an AWS account is refused on one machine: $kind",
  async (reference) => {
    await using world = await openWorld();
    await expect(world.origins.resolve(await world.newBake(), reference)).rejects.toMatchObject({
      name: "OriginRefused",
      message: expect.stringContaining("bake with --on aws"),
    });
  },
);
