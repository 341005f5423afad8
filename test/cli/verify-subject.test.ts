import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { subjectOf } from "../../cli/verify-subject.ts";
import { exportedImage, keepExport } from "../../local/exports.ts";
import { openState } from "../support/local-state.ts";
import { signedImage } from "../support/signed-image.ts";
import { packedInventory, smallInventory } from "../support/small-inventory.ts";

const never = new AbortController().signal;
const sum = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const open = async () => {
  const state = await openState();
  const { image, folder } = await signedImage(state);
  const file = join(folder, "disk.raw");
  await writeFile(file, "a disk");
  await writeFile(join(folder, "inventory.json.gz"), packedInventory);
  const options = { state: state.paths.root };
  return {
    ...{ state, image, folder, file },
    at: (name: string) => join(folder, name),
    subject: (more: object = {}) => subjectOf(file, { ...options, ...more }, never),
    [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
  };
};

test("a file that this machine exported is known by its digest, whatever it is called", async () => {
  await using world = await open();
  const { paths } = world.state;
  const exported = { digest: sum("a disk"), format: "raw" as const, bytes: 6 };
  await keepExport(paths, world.image, exported);
  await keepExport(paths, world.image, exported);
  expect(await exportedImage(paths, sum("another"))).toBeUndefined();
  const { image, baked, checksum } = await world.subject();
  expect(image?.imageId).toBe(world.image.imageId);
  expect(baked.digest).toBe(smallInventory.digest);
  expect(checksum).toBeUndefined();
});

test("a file that nobody knows needs its inventory, and says its digest", async () => {
  await using world = await open();
  await expect(world.subject()).rejects.toMatchObject({
    ...{ name: "UsageError", hint: expect.stringContaining("--against") },
    message: expect.stringContaining(sum("a disk").slice(7)),
  });
});

test("a file is held against the checksum beside it", async () => {
  await using world = await open();
  const against = world.at("inventory.json.gz");
  await writeFile(`${world.file}.sha256`, `${sum("a disk").slice(7)}  disk.raw\n`);
  const found = sum("a disk");
  expect((await world.subject({ against })).checksum).toEqual({ written: found, found });
  await writeFile(world.file, "a disj");
  const { checksum, packed, image } = await world.subject({ against });
  expect(checksum).toEqual({ written: found, found: sum("a disj") });
  expect({ image, packed: packed?.length }).toEqual({
    ...{ image: undefined, packed: packedInventory.length },
  });
  await expect(world.subject()).rejects.toMatchObject({
    ...{ name: "NotAsBaked", message: expect.stringContaining("is not what") },
  });
});

test("statements are named with a file and its inventory, and not with an image", async () => {
  await using world = await open();
  const against = world.at("inventory.json.gz");
  const statements = world.at("image.intoto.jsonl");
  await expect(world.subject({ against, statements })).rejects.toMatchObject({ name: "NotFound" });
  await writeFile(statements, "{}\n");
  expect((await world.subject({ against, statements })).statements).toBe("{}\n");
  const exported = { digest: sum("a disk"), format: "raw" as const, bytes: 6 };
  await keepExport(world.state.paths, world.image, exported);
  const alone = world.subject({ statements });
  await expect(alone).rejects.toMatchObject({
    ...{ name: "UsageError", hint: expect.stringContaining("--against") },
  });
  const named = subjectOf("web", { statements, state: world.state.paths.root }, never);
  await expect(named).rejects.toMatchObject({ name: "UsageError" });
});
