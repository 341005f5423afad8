import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cachedAsset } from "../../local/cached-asset.ts";
import { checksumOf, openPlace, openServer } from "../assets/asset-server.ts";

const content = Buffer.alloc(200_000, "asset");
const checksum = checksumOf(content);
const name = checksum.replace(":", "-");

const openCache = async () => {
  const place = await openPlace();
  const server = await openServer((_, response) => response.end(content));
  const cache = join(place.path, "cache");
  return {
    ...place,
    server,
    cache,
    take: (to = place.to) =>
      cachedAsset({ ...place.order(`${server.url}/x`, checksum), cache, to }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
};

test("an asset is fetched once, and taken from the cache from then on", async () => {
  await using place = await openCache();
  expect(await place.take()).toEqual({ bytes: content.length });
  expect(await place.take(join(place.path, "second"))).toEqual({ bytes: content.length });
  expect(place.server.asked()).toBe(1);
  expect(await readFile(join(place.path, "second"))).toEqual(content);
  expect(await readdir(place.cache)).toEqual([name]);
  expect((await readdir(place.path)).toSorted()).toEqual(["asset", "cache", "second"]);
});

test.each([
  ["shorter", content.subarray(1)],
  ["another of the same length", Buffer.alloc(content.length)],
  ["empty", ""],
])("what is kept and is %s is fetched again, and said", async (_, damaged) => {
  await using place = await openCache();
  await mkdir(place.cache);
  await writeFile(join(place.cache, name), damaged);
  await place.take();
  expect(await readFile(place.to)).toEqual(content);
  expect(await readFile(join(place.cache, name))).toEqual(content);
  expect(place.said[0]).toBe(`what was kept of ${checksum} is damaged: it is fetched again`);
});

test("who writes to an asset that was taken changes nothing for others", async () => {
  await using place = await openCache();
  await place.take();
  await writeFile(place.to, "mine");
  await place.take(join(place.path, "second"));
  expect(await readFile(join(place.path, "second"))).toEqual(content);
  expect(place.server.asked()).toBe(1);
});

test("bakes that want the same at once do not disturb each other", async () => {
  await using place = await openCache();
  const files = Array.from({ length: 8 }, (_, index) => join(place.path, String(index)));
  await Promise.all(files.map((file) => place.take(file)));
  for (const file of files) expect(await readFile(file)).toEqual(content);
  expect(await readdir(place.cache)).toEqual([name]);
});

test("what does not fit its checksum is not kept", async () => {
  await using place = await openCache();
  const order = place.order(`${place.server.url}/x`, checksumOf("other"));
  await expect(cachedAsset({ ...order, cache: place.cache })).rejects.toMatchObject({
    name: "AssetFailed",
  });
  expect(await readdir(place.cache)).toEqual([]);
});

test("what a killed bake left in the cache goes after a day, and nothing else does", async () => {
  await using place = await openCache();
  await mkdir(place.cache);
  for (const left of [".old", ".new", "sha256-other"]) await writeFile(join(place.cache, left), "");
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
  for (const old of [".old", "sha256-other"]) {
    await utimes(join(place.cache, old), twoDaysAgo, twoDaysAgo);
  }
  await place.take();
  expect((await readdir(place.cache)).toSorted()).toEqual(
    [".new", name, "sha256-other"].toSorted(),
  );
});

test("a target in a folder that is not there is an error, and no reason to fetch", async () => {
  await using place = await openCache();
  await place.take();
  await expect(place.take(join(place.path, "none/asset"))).rejects.toThrow(/ENOENT/);
  expect(place.server.asked()).toBe(1);
});
