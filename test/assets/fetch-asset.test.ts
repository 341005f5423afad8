import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { fetchAsset } from "../../assets/fetch-asset.ts";
import { findCommand } from "../../local/requirements/search-path.ts";
import { topFolder } from "../support/sources.ts";
import { checksumOf, openPlace, openServer, quick } from "./asset-server.ts";

const run = promisify(execFile);
const content = randomBytes(300_000);
const checksum = checksumOf(content);

test("an asset is fetched and verified, and what was there is replaced", async () => {
  await using server = await openServer((_, response) => response.end(content));
  await using place = await openPlace();
  await writeFile(place.to, "old");
  const order = place.order(`${server.url}/tool?key=secret`, checksum);
  expect(await fetchAsset(order)).toEqual({ bytes: 300_000 });
  expect(await readFile(place.to)).toEqual(content);
  expect(await readdir(place.path)).toEqual(["asset"]);
  expect(place.said).toEqual([`fetching ${server.url}/tool?…`]);
});

test("an asset is what was sent, also where a server says that it is packed", async () => {
  const packed = gzipSync(content);
  await using server = await openServer((_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(packed),
  );
  await using place = await openPlace();
  await fetchAsset(place.order(server.url, checksumOf(packed)));
  expect(await readFile(place.to)).toEqual(packed);
});

test("an asset that comes slowly, but comes, is waited for", async () => {
  await using server = await openServer((_, response) => {
    const parts = Array.from({ length: 12 }, (_, index) =>
      content.subarray(index * 25_000, (index + 1) * 25_000),
    );
    const timer = setInterval(() => {
      const part = parts.shift();
      if (part !== undefined) return response.write(part);
      clearInterval(timer);
      return response.end();
    }, 60);
  });
  await using place = await openPlace();
  await fetchAsset(place.order(server.url, checksum)); // 0.8 s, of which 0.5 idle were too long
  expect(await readFile(place.to)).toEqual(content);
});

test("redirections are followed, relative ones too", async () => {
  await using server = await openServer((request, response) => {
    if (request.url === "/asset") return response.end(content);
    const location = request.url === "/a/b" ? "../asset" : `${server.url}/a/b`;
    return response.writeHead(302, { location }).end("somewhere else");
  });
  await using place = await openPlace();
  await fetchAsset(place.order(`${server.url}/start`, checksum));
  expect(await readFile(place.to)).toEqual(content);
});

test("what fails in passing is tried again, and said", async () => {
  await using server = await openServer((_, response) => {
    if (server.asked() === 1) return response.writeHead(503).end();
    if (server.asked() === 2) return response.destroy();
    return response.end(content);
  });
  await using place = await openPlace();
  await fetchAsset(place.order(server.url, checksum));
  expect(place.said).toEqual([
    expect.stringContaining("fetching"),
    expect.stringMatching(
      /answers with status 503, and not with the asset \(200\); trying again in/,
    ),
    expect.stringMatching(/the connection ended before the asset did; trying again in/),
  ]);
});

const failing: [what: string, tries: number, message: RegExp, listener: RequestListener][] = [
  [
    "another content",
    1,
    /is not what the recipe says: expected sha256:[0-9a-f]{64}, and what came \(5 bytes\) has sha256:2cf24dba/,
    (_, response) => response.end("hello"),
  ],
  [
    "status 404",
    1,
    /\/tool answers with status 404/,
    (_, response) => response.writeHead(404).end("no"),
  ],
  [
    "status 206",
    1,
    /answers with status 206/,
    (_, response) => response.writeHead(206).end(content),
  ],
  ["status 500", 3, /answers with status 500/, (_, response) => response.writeHead(500).end()],
  ["silence", 3, /nothing came for 0\.5 s/, () => undefined],
  [
    "silence in its midst",
    3,
    /nothing came for 0\.5 s/,
    (_, response) =>
      response
        .writeHead(200, { "content-length": content.length })
        .write(content.subarray(0, 1000)),
  ],
  [
    "a connection that is cut off",
    3,
    /the connection ended before the asset did/,
    (_, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 200_000), () => response.destroy());
    },
  ],
  [
    "a connection that is cut off and gave no length",
    3,
    /the connection ended before the asset did/,
    (_, response) => void response.write(content.subarray(0, 200_000), () => response.destroy()),
  ],
  [
    "more than an asset may be, which it says",
    1,
    /is larger than 8589934592 bytes/,
    (_, response) => response.writeHead(200, { "content-length": 9 * 1024 ** 3 }).write("x"),
  ],
  [
    "redirections without an end",
    1,
    /redirects more than 5 times, the last time to .*\/tool/,
    (request, response) => response.writeHead(301, { location: request.url }).end(),
  ],
  [
    "a redirection to a file",
    1,
    /redirects to file:\/\//,
    (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  ],
  [
    "a redirection to no URL",
    1,
    /redirects to what is no URL/,
    (_, response) => response.writeHead(302, { location: "http://[" }).end(),
  ],
  [
    "a redirection to nowhere",
    1,
    /answers with status 302/,
    (_, response) => response.writeHead(302).end(),
  ],
];

test.each(failing)(
  "a server's %s fails after %i tries, and leaves nothing",
  async (_, tries, message, listener) => {
    await using server = await openServer(listener);
    await using place = await openPlace();
    await expect(fetchAsset(place.order(`${server.url}/tool`, checksum))).rejects.toMatchObject({
      name: "AssetFailed",
      message: expect.stringMatching(message),
    });
    expect(await readdir(place.path)).toEqual([]);
    expect(place.said.length).toBe(tries);
  },
);

test("more than an asset may be is not taken from a server that says no length", async () => {
  await using server = await openServer((_, response) => {
    const more = () => {
      while (response.write(content));
    };
    response.on("drain", more);
    more();
  });
  await using place = await openPlace();
  const order = { ...place.order(server.url, checksum), limits: { ...quick, bytes: 1_000_000 } };
  await expect(fetchAsset(order)).rejects.toThrow(/is larger than 1000000 bytes/);
  expect(await readdir(place.path)).toEqual([]);
});

test("a server that drips is given up when the time is over", async () => {
  await using server = await openServer((_, response) => {
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
  });
  await using place = await openPlace();
  const limits = { ...quick, total: 0.4, pauses: [] };
  const order = { ...place.order(server.url, checksum), limits };
  await expect(fetchAsset(order)).rejects.toThrow(/it took more than 0\.4 s/);
});

test.each([
  ["http://127.0.0.1:1/x", checksum, 3, /127\.0\.0\.1:1\/x was not fetched: ECONNREFUSED/],
  ["ftp://example.org/x", checksum, 0, /is no URL of an asset: it begins with https/],
  ["tool.tar.gz", checksum, 0, /tool\.tar\.gz is no URL of an asset/],
  [
    "https://me:hush@example.org/x",
    checksum,
    0,
    /https:\/\/example\.org\/x has a user or password in it/,
  ],
  ["https://example.org/x", "md5:0", 0, /has the checksum md5:0: one is `sha256:`/],
  ["https://example.org/x", "", 0, /has the checksum : one is `sha256:`/],
])("%s with the checksum %s is refused", async (url, checksum, tries, message) => {
  await using place = await openPlace();
  await expect(fetchAsset(place.order(url, checksum))).rejects.toMatchObject({
    name: "AssetFailed",
    message: expect.stringMatching(message),
  });
  expect(place.said.length).toBe(tries);
});

test("fetching ends when it is stopped, and leaves nothing", async () => {
  const stop = new AbortController();
  await using server = await openServer((_, response) => {
    response.write(content.subarray(0, 1000));
    setTimeout(() => stop.abort(), 50);
  });
  await using place = await openPlace();
  const order = { ...place.order(server.url, checksum), signal: stop.signal };
  await expect(fetchAsset(order)).rejects.toMatchObject({ name: "AbortError" });
  expect(await readdir(place.path)).toEqual([]);
});

test("a full disk is told before, where the server says how much comes", async () => {
  await using server = await openServer((_, response) =>
    response.writeHead(200, { "content-length": 2 ** 30 }).write("x"),
  );
  await using place = await openPlace();
  const small = join(place.path, "small");
  await mkdir(small);
  await run("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", small]);
  try {
    const order = { ...place.order(server.url, checksum), to: join(small, "asset") };
    await expect(fetchAsset(order)).rejects.toMatchObject({ name: "NotReady" });
    expect(await readdir(small)).toEqual([]);
  } finally {
    await run("umount", [small]);
  }
});

const openssl = findCommand("openssl");

/** A certificate for 127.0.0.1 that nobody vouches for. */
const certificate = async (folder: string) => {
  const [key, cert] = [join(folder, "key"), join(folder, "cert")];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const names = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
  await run("openssl", [...words, ...names, "-keyout", key, "-out", cert]);
  return { key: await readFile(key), cert: await readFile(cert) };
};

test.runIf(openssl)(`a certificate that is not known is refused (with openssl)`, async () => {
  await using place = await openPlace();
  const tls = await certificate(place.path);
  await using server = await openServer((_, response) => response.end(content), tls);
  await expect(fetchAsset(place.order(server.url, checksum))).rejects.toMatchObject({
    name: "AssetFailed",
    message: expect.stringMatching(
      /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\): .*NODE_EXTRA_CA_CERTS/,
    ),
  });
  expect(server.asked()).toBe(0);
  expect(place.said.length).toBe(1);
});

test.runIf(openssl)(`one that this machine knows is enough (with openssl)`, async () => {
  await using place = await openPlace();
  const tls = await certificate(place.path);
  await using server = await openServer((_, response) => response.end(content), tls);
  const order = { url: server.url, checksum, to: place.to };
  const program = `
    import { fetchAsset } from ${JSON.stringify(join(topFolder, "assets/fetch-asset.ts"))};
    const signal = new AbortController().signal;
    await fetchAsset({ ...${JSON.stringify(order)}, signal, say() {} });`;
  // where OpenSSL looks for what a machine trusts
  const env = { ...process.env, SSL_CERT_FILE: join(place.path, "cert") };
  await run(process.execPath, ["--input-type=module", "--eval", program], { env });
  expect(await readFile(place.to)).toEqual(content);
});

test.runIf(openssl)(`https is never left for http (with openssl)`, async () => {
  await using place = await openPlace();
  const tls = await certificate(place.path);
  await using plain = await openServer((_, response) => response.end(content));
  const listener: RequestListener = (request, response) =>
    request.url === "/down"
      ? response.writeHead(302, { location: plain.url }).end()
      : response.end(content);
  await using server = await openServer(listener, tls);
  await using up = await openServer((_, response) =>
    response.writeHead(302, { location: server.url }).end(),
  );
  const known = getCACertificates();
  setDefaultCACertificates([...known, tls.cert]);
  try {
    const down = fetchAsset(place.order(`${server.url}/down`, checksum));
    await expect(down).rejects.toThrow(/redirects to http:\/\/.*: from https to https alone/);
    expect(plain.asked()).toBe(0);
    await fetchAsset(place.order(up.url, checksum));
    expect(await readFile(place.to)).toEqual(content);
  } finally {
    setDefaultCACertificates(known);
  }
});
