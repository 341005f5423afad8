import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSigner } from "../../local/signer.ts";
import { envelopeText } from "../../core/statement/envelope.ts";
import { seal } from "../../core/statement/seal.ts";
import { anyName } from "../../core/statement/signer.ts";
import { type Statement, statementType } from "../../core/statement/statement.ts";
import { unseal } from "../../core/statement/unseal.ts";
import { pathsIn } from "../../local/paths.ts";
import { replaceKey } from "../../local/signing-key.ts";
import { describeSigner } from "../contracts/signer.ts";
import { memorySigner } from "../support/memory-signer.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const statement: Statement = {
  ...{ _type: statementType, predicateType: "https://example.org/v1", predicate: {} },
  subject: [{ name: "x", digest: { sha256: "0".repeat(64) } }],
};

const open = async () => {
  const folder = await temporaryFolder();
  const paths = pathsIn(folder.path);
  return {
    ...{ paths, signer: fileSigner(paths), again: () => fileSigner(paths) },
    other: async () => fileSigner(pathsIn(join(folder.path, "other"))),
    file: join(paths.keys, "statement.pem"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
};

describeSigner("a state directory's", open);
describeSigner("the tests' own", async () => {
  const signer = memorySigner();
  const again = () => signer;
  return {
    signer,
    again,
    other: async () => memorySigner(),
    [Symbol.asyncDispose]: async () => {},
  };
});

test("the key is for its owner only, and nothing else is left of its making", async () => {
  await using world = await open();
  await Promise.all([world.signer.trusted(), world.again().trusted(), world.again().trusted()]);
  expect((await stat(world.file)).mode & 0o777).toBe(0o600);
  expect((await stat(world.paths.keys)).mode & 0o777).toBe(0o700);
  expect(await readdir(world.paths.keys)).toEqual(["statement.pem"]);
});

test("a key that others can read signs nothing, and says what to do", async () => {
  await using world = await open();
  await world.signer.trusted();
  await chmod(world.file, 0o640);
  await expect(world.signer.sign(Buffer.from("x"))).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringContaining(`chmod 600`),
  });
});

test("a file that is no such key is not written over", async () => {
  await using world = await open();
  await mkdir(world.paths.keys, { mode: 0o700 });
  await writeFile(world.file, "no key", { mode: 0o600 });
  await expect(world.signer.trusted()).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringContaining(world.file),
  });
});

test("a key that is replaced signs no more, and what it signed still holds", async () => {
  await using world = await open();
  const [old] = await world.signer.trusted();
  const envelope = await seal(world.signer, statement);
  const text = envelopeText(envelope);
  const made = await replaceKey(world.paths);
  expect(made.keyId).not.toBe(old?.keyId);
  const trusted = await world.signer.trusted();
  expect(trusted.map(({ keyId }) => keyId)).toEqual([made.keyId, old?.keyId]);
  expect(unseal(text, trusted)).toEqual({ statement, keyId: old?.keyId });
  expect((await seal(world.signer, statement)).signatures[0].keyid).toBe(made.keyId);
  expect((await stat(world.file)).mode & 0o777).toBe(0o600);
  const kept = await readdir(world.paths.keys, { recursive: true });
  const name = `earlier/${old?.keyId.slice(7)}.pem`;
  expect(kept.toSorted()).toEqual(["earlier", name, "statement.pem"]);
  expect(await readFile(join(world.paths.keys, name), "utf8")).toMatch(/^-+BEGIN PUBLIC KEY/);
  // who takes it away trusts it no more
  await rm(join(world.paths.keys, name));
  const left = await world.signer.trusted();
  expect(() => unseal(text, left)).toThrow(/none of the 1 trusted here/);
});

test("a key that several replace at once is replaced by each, and none that signed is lost", async () => {
  await using world = await open();
  const [old] = await world.signer.trusted();
  const signs = new Set([old?.keyId]);
  const replace = async () => {
    const { keyId } = await replaceKey(world.paths);
    signs.add(keyId);
    signs.add((await seal(world.again(), statement)).signatures[0].keyid);
  };
  await Promise.all(Array.from({ length: 5 }, replace));
  const trusted = await world.signer.trusted();
  expect(signs.size).toBe(6);
  expect(new Set(trusted.map(({ keyId }) => keyId))).toEqual(signs);
  expect((await readdir(world.paths.keys)).toSorted()).toEqual(["earlier", "statement.pem"]);
});

test("a first key that several make at once by replacing none is not lost either", async () => {
  await using world = await open();
  const made = await Promise.all([1, 2, 3].map(() => replaceKey(world.paths)));
  const trusted = await world.signer.trusted();
  expect(trusted.map(({ keyId }) => keyId).toSorted()).toEqual(
    made.map(({ keyId }) => keyId).toSorted(),
  );
});

test("a first key can be made by replacing none", async () => {
  await using world = await open();
  const made = await replaceKey(world.paths);
  expect(await world.signer.trusted()).toEqual([made]);
});

test.each([
  [
    "a private key",
    () =>
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
        type: "pkcs8",
        format: "pem",
      }),
  ],
  [
    "a key on another curve",
    () =>
      generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({
        type: "spki",
        format: "pem",
      }),
  ],
  ["no key", () => "nothing"],
])("%s among the earlier ones is told of, and not passed over", async (_, pem) => {
  await using world = await open();
  await world.signer.trusted();
  await mkdir(join(world.paths.keys, "earlier"));
  await writeFile(join(world.paths.keys, "earlier/x.pem"), pem());
  await expect(world.signer.trusted()).rejects.toMatchObject({
    ...{ name: "NotReady", message: expect.stringContaining("earlier/x.pem is") },
  });
});

test("of keys under one name, or under none, the one that signed is found", async () => {
  await using world = await open();
  const text = envelopeText(await seal(world.signer, statement));
  const [key] = await world.signer.trusted();
  const [other] = await memorySigner().trusted();
  const pems = [other?.pem ?? "", key?.pem ?? ""];
  for (const keyId of [anyName, key?.keyId ?? ""]) {
    const trusted = pems.map((pem) => ({ keyId, pem }));
    expect(unseal(text, trusted).statement).toEqual(statement);
    expect(() => unseal(text, trusted.slice(0, 1))).toThrow(/does not hold/);
  }
});
