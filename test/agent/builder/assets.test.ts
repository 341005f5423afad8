import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prepareAssets } from "../../../agent/builder/assets.ts";
import { openChannel } from "../../../agent/channel.ts";
import { quick } from "../../assets/asset-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const content = "an asset";
const checksum = `sha256:${createHash("sha256").update(content).digest("hex")}`;

let busy = 0;
const server = createServer((request, response) => {
  if (busy-- > 0) return response.writeHead(503).end();
  if (request.url?.startsWith("/moved"))
    return response.writeHead(302, { location: "/asset" }).end();
  if (request.url?.startsWith("/asset")) return response.end(content);
  return response.writeHead(404).end();
});
let base: string;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  base = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
});
afterAll(() => void server.close());

const prepare = async (assets: Parameters<typeof prepareAssets>[0]["assets"]) => {
  await using folder = await temporaryFolder();
  const lines: string[] = [];
  const channel = openChannel(
    (line) => lines.push(line),
    (text) => text,
  );
  const paths = await prepareAssets({
    ...{ assets, bundle: "/bundle", folder: join(folder.path, "assets"), channel },
    limits: quick,
  });
  const texts = await Promise.all(Object.values(paths).map((path) => readFile(path, "utf8")));
  return { paths, texts, lines };
};

test("an asset is fetched, verified and told as a step, also where it moved to", async () => {
  const { texts, lines } = await prepare([
    { name: "one", url: `${base}/asset?key=secret`, checksum },
    { name: "two", url: `${base}/moved`, checksum },
  ]);
  expect(texts).toEqual([content, content]);
  expect(lines.join()).toMatch(/step-started.*Fetch one.*succeeded.*Fetch two.*succeeded/s);
});

test("one whose server is busy is tried again, and the step says so", async () => {
  busy = 2;
  const { texts, lines } = await prepare([
    { name: "one", url: `${base}/asset?key=secret`, checksum },
  ]);
  expect(texts).toEqual([content]);
  expect(lines.join()).toMatch(/status 503.*trying again.*status 503.*trying again.*succeeded/s);
  expect(lines.join()).not.toContain("secret");
});

test("one from the bundle is where the bundle is", async () => {
  await using folder = await temporaryFolder();
  const channel = openChannel(
    () => undefined,
    (text) => text,
  );
  const order = { bundle: "/bundle", folder: folder.path, channel };
  const assets = [{ name: "page", source: "files/page" }];
  expect(await prepareAssets({ ...order, assets })).toEqual({ page: "/bundle/files/page" });
});

test.each([
  [
    "is another",
    "/asset?key=secret",
    `sha256:${"0".repeat(64)}`,
    /asset\?… is not what the recipe/,
  ],
  ["is not there", "/none?key=secret", checksum, /\/none\?… answers with status 404/],
])("one that %s is told by its URL, without what may be a key", async (_, path, sum, message) => {
  const failed = prepare([{ name: "one", url: `${base}${path}`, checksum: sum }]);
  await expect(failed).rejects.toMatchObject({
    ...{ name: "AssetFailed", message: expect.stringMatching(message) },
  });
  await expect(failed).rejects.not.toThrow("secret");
});
