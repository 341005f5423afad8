import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSigner } from "../../local/signer.ts";
import { pathsIn } from "../../local/paths.ts";
import { describeSigner } from "../contracts/signer.ts";
import { memorySigner } from "../support/memory-signer.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

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
