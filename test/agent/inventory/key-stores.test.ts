import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sightingsIn } from "../../../agent/inventory/secret/scan.ts";
import { facts, said } from "../../core/policy/facts.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";
import { rootMadeBy } from "./taken.ts";

const run = promisify(execFile);

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
  await openssl(
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-x509"],
    ...["-subj", "/CN=x", "-keyout", "key.pem", "-out", "certificate.pem"],
  );
});
afterAll(() => folder[Symbol.asyncDispose]());

const openssl = (...parameters: string[]) => run("openssl", parameters, { cwd: folder.path });

/** A store as openssl makes it. */
const storeBy = async (...options: string[]): Promise<Buffer> => {
  const files = ["-in", "certificate.pem", "-out", "store.p12"];
  await openssl("pkcs12", "-export", ...files, "-passout", "pass:horse", ...options);
  return readFile(join(folder.path, "store.p12"));
};

const withKey = ["-inkey", "key.pem"];

const seen = (kind: string) => ({
  kind: "private-key",
  shown: expect.stringMatching(new RegExp(`^${kind} store with a key, sha256 [0-9a-f]{16}$`)),
});

/** A value of ASN.1 with its length before it. */
const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x82, bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** The same with its end behind it. */
const ber = (tag: number, ...parts: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.alloc(2)]);

const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const [data, encrypted] = [oid("2a864886f70d010701"), oid("2a864886f70d010706")];
const bag = (kind: number) =>
  der(0x30, oid(`2a864886f70d010c0a010${kind}`), der(0xa0, der(0x30, randomBytes(60))));

/** A string of bytes in two pieces, as the programs of Mozilla's libraries write it. */
const inPieces = (bytes: Buffer) =>
  ber(0x24, der(0x04, bytes.subarray(0, 9)), der(0x04, bytes.subarray(9)));
const inBer = (...bags: Buffer[]) => {
  const safe = ber(0x30, data, ber(0xa0, inPieces(der(0x30, ...bags))));
  return ber(
    0x30,
    der(0x02, Buffer.from([3])),
    ber(0x30, data, ber(0xa0, inPieces(ber(0x30, safe)))),
  );
};
const inDer = (type: Buffer, version: number, ...bags: Buffer[]) => {
  const safe = der(0x30, type, der(0xa0, der(0x04, der(0x30, ...bags))));
  const safes = der(0x30, data, der(0xa0, der(0x04, der(0x30, safe))));
  return der(0x30, der(0x02, Buffer.from([version])), safes);
};

describe("a store of PKCS #12", () => {
  test.each([
    ["with a key", withKey],
    ["as programs of before understand it", [...withKey, "-certpbe", "PBE-SHA1-3DES", "-nomac"]],
    ["with nothing encrypted", [...withKey, "-keypbe", "NONE", "-certpbe", "NONE"]],
  ])("%s is told, and no part of it is", async (_, options) => {
    const store = await storeBy(...options);
    expect(sightingsIn(store)).toEqual([seen("PKCS #12")]);
    for (let cut = 0; cut < store.length; cut += 7) {
      expect(sightingsIn(store.subarray(0, cut))).toEqual([]);
    }
  });

  test.each([["-nokeys"], ["-nokeys", "-certpbe", "NONE"]])(
    "of certificates is no secret (%s %s %s)",
    async (...options) => {
      expect(sightingsIn(await storeBy(...options))).toEqual([]);
    },
  );

  test("is told whichever way its lengths are written", () => {
    const store = inBer(bag(3), bag(2));
    expect(sightingsIn(store)).toEqual([seen("PKCS #12")]);
    expect(sightingsIn(inBer(bag(3)))).toEqual([]);
    for (let cut = 0; cut < store.length; cut++) {
      expect(sightingsIn(store.subarray(0, cut))).toEqual([]);
    }
  });

  test("is told by its version, and by bags of keys and of secrets that anybody can read", () => {
    const told = [1, 2, 3, 4, 5].filter(
      (kind) => sightingsIn(inDer(data, 3, bag(kind))).length > 0,
    );
    expect(told).toEqual([1, 2, 5]);
    expect(sightingsIn(inDer(data, 1, bag(2)))).toEqual([]);
    expect(sightingsIn(inDer(encrypted, 3, bag(2)))).toEqual([]);
  });

  test("that is a trap of values in each other takes no time and no memory", () => {
    expect(sightingsIn(Buffer.alloc(2 ** 20, "3080", "hex"))).toEqual([]);
    const many = Buffer.alloc(2 ** 16 - 300, "3000", "hex");
    expect(sightingsIn(inDer(data, 3, many))).toEqual([]);
    expect(sightingsIn(inDer(data, 3, many, bag(2)))).toEqual([seen("PKCS #12")]);
  });
});

const number = (value: number, bytes = 4): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const sized = (bytes: Buffer, size = 4) => Buffer.concat([number(bytes.length, size), bytes]);
const entry = (tag: number, ...rest: Buffer[]) =>
  Buffer.concat([number(tag), sized(Buffer.from("name"), 2), Buffer.alloc(8, 1), ...rest]);
const certificate = (version: number) =>
  Buffer.concat([
    version === 2 ? sized(Buffer.from("X.509"), 2) : Buffer.alloc(0),
    sized(randomBytes(300)),
  ]);
const key = (version: number) => entry(1, sized(randomBytes(200)), number(1), certificate(version));

/** As Java writes it; the last twenty bytes are a digest. */
const javaStore = (magic: number, version: number, ...entries: Buffer[]) =>
  Buffer.concat([
    number(magic),
    number(version),
    number(entries.length),
    ...entries,
    randomBytes(20),
  ]);
const [jks, jceks] = [0xfeedfeed, 0xcececece];

describe("a store of Java's", () => {
  const trusted = (version: number) => entry(2, certificate(version));

  test.each([
    ["JKS", javaStore(jks, 2, key(2))],
    ["JKS", javaStore(jks, 1, key(1))],
    ["JKS", javaStore(jks, 2, ...Array.from({ length: 150 }, () => trusted(2)), key(2))],
    ["JKS", javaStore(jks, 1, trusted(1), key(1))],
    ["JCEKS", javaStore(jceks, 2, key(2))],
    ["JCEKS", javaStore(jceks, 2, trusted(2), entry(3, Buffer.from("aced0005", "hex")))],
  ])("of %s is told when it has a key", (kind, store) => {
    expect(sightingsIn(store)).toEqual([seen(kind)]);
  });

  test("of certificates is no secret, nor is what looks like a store", () => {
    const certificates = Array.from({ length: 150 }, () => trusted(2));
    for (const store of [
      javaStore(jks, 2, ...certificates),
      javaStore(jks, 2),
      javaStore(jks, 3, key(2)),
      javaStore(0xcafebabe, 2, key(2)),
      Buffer.concat([number(jks), number(2), number(2 ** 32 - 1), ...certificates]),
      Buffer.concat([number(jks), number(2), number(1), entry(1, number(2 ** 32 - 1))]),
      Buffer.concat([number(jks), number(2), number(1), entry(1, number(0))]),
    ]) {
      expect(sightingsIn(store)).toEqual([]);
    }
  });

  test("that is cut off before its key ends has none", () => {
    const store = javaStore(jks, 2, trusted(2), key(2));
    const begin = store.length - key(2).length - 20;
    const end = begin + entry(1, number(0)).length + 200;
    for (let cut = 0; cut < end; cut++) expect(sightingsIn(store.subarray(0, cut))).toEqual([]);
    expect(sightingsIn(store.subarray(0, end))).toEqual([seen("JKS")]);
  });
});

test("a store is found in an image, whatever it is called, and not published unless a package ships it", async () => {
  await storeBy(...withKey);
  await using made = await rootMadeBy(`
    mkdir -p "$ROOT/srv"; cp '${folder.path}/store.p12' "$ROOT/srv/config.bin"`);
  await storeBy("-nokeys");
  await made.run(`cp '${folder.path}/store.p12' "$ROOT/srv/trust.p12"`);
  const { secrets = [] } = await made.take();
  const { status, evidence } = said("secrets", facts({ secrets }));
  expect(status).toBe("fail");
  expect(evidence.map(({ says }) => says)).toEqual([
    expect.stringMatching(
      /^\/srv\/config\.bin holds a private key \(PKCS #12 store with a key, sha256 \w+\)$/,
    ),
  ]);
  const shipped = secrets.map((secret) => ({ ...secret, shipped: true }));
  expect(said("secrets", facts({ secrets: shipped })).status).toBe("pass");
});
