import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noAttributes } from "../../core/image-attributes.ts";
import { SnapshotId } from "../../core/ids.ts";
import { allImages, findImage, folderImages, removeImage } from "../../local/images.ts";
import { folderStatements } from "../../local/statements.ts";
import { describeImages, type ImagesWorld } from "../contracts/images.ts";
import { type LocalState, openState } from "../support/local-state.ts";

const open = async (): Promise<ImagesWorld & LocalState> => {
  const state = await openState();
  return {
    ...state,
    images: folderImages(state.paths),
    statements: folderStatements(state.paths),
    otherSnapshot: async () => SnapshotId.parse("snap-00000000000000001"),
  };
};

describeImages("local", open);

/** A world with published images of these names, the newest last. */
const openWith = async (...names: string[]) => {
  const world = await open();
  const ids: string[] = [];
  for (const name of names) {
    const imageId = await world.images.register({ ...(await world.newSpec()), name }, noAttributes);
    await world.images.publish(imageId);
    ids.push(imageId);
    await new Promise((resolve) => setTimeout(resolve, 2)); // an image's age is in milliseconds
  }
  return { world, ids };
};

describe("the catalogue", () => {
  test("lists the newest first", async () => {
    const { world, ids } = await openWith("web", "db", "web");
    await using _ = world;
    const listed = (await allImages(world.paths)).map(({ imageId }) => imageId as string);
    expect(listed).toEqual(ids.toReversed());
  });

  test("finds an image by its id, or the newest of a name", async () => {
    const { world, ids } = await openWith("web", "db", "web");
    await using _ = world;
    expect(await findImage(world.paths, ids[0] ?? "")).toMatchObject({ imageId: ids[0] });
    expect(await findImage(world.paths, "web")).toMatchObject({ imageId: ids[2] });
  });

  test("names what there is when an image is not", async () => {
    const { world } = await openWith("web", "db", "web");
    await using _ = world;
    await expect(findImage(world.paths, "wbe")).rejects.toMatchObject({
      name: "NotFound",
      message: expect.stringMatching(/wbe; there are (web, db|db, web)$/),
    });
  });

  test("does not find a candidate", async () => {
    await using world = await open();
    const imageId = await world.images.register(await world.newSpec(), noAttributes);
    for (const name of [imageId, "web"]) {
      await expect(findImage(world.paths, name)).rejects.toMatchObject({
        message: expect.stringContaining("there are no images yet"),
      });
    }
  });

  test("is without an image that was removed, and without its disk", async () => {
    const { world, ids } = await openWith("web", "web");
    await using _ = world;
    const newest = await findImage(world.paths, "web");
    await removeImage(world.paths, newest);
    await removeImage(world.paths, newest);
    expect(await findImage(world.paths, "web")).toMatchObject({ imageId: ids[0] });
    expect(await readdir(world.paths.snapshots)).toHaveLength(1);
  });

  test("names a record that it cannot read", async () => {
    const { world } = await openWith("web");
    await using _ = world;
    const path = join(world.paths.images, "img-00000000000000000.json");
    await writeFile(path, "{");
    await expect(allImages(world.paths)).rejects.toMatchObject({
      name: "CorruptRecord",
      message: expect.stringContaining(path),
    });
    await writeFile(join(world.paths.images, "README"), "not a record");
    await rm(path);
    expect(await allImages(world.paths)).toHaveLength(1);
    await rm(join(world.paths.images, "README"));
  });
});
