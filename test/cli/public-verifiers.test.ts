import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openState } from "../support/local-state.ts";
import { signedImage } from "../support/signed-image.ts";
import { ovenbird } from "./run-cli.ts";

const docs = readFileSync(join(import.meta.dirname, "../../docs/provenance.md"), "utf8");

/** The program of docs/provenance.md that has Sigstore's library verify. */
const [, program = ""] = /## With Sigstore's library[^]*?```js\n([^]*?)```/.exec(docs) ?? [];

test("Sigstore's library verifies a statement by the lines of the docs, and refuses each that was changed", async () => {
  await using state = await openState();
  const { image, folder } = await signedImage(state);
  const root = ["--state", state.paths.root];
  const { stdout } = await ovenbird(["statement", image.name, ...root]);
  const statements = join(folder, "statements.intoto.jsonl");
  writeFileSync(statements, stdout);
  writeFileSync(join(folder, "key.pem"), (await ovenbird(["key", ...root])).stdout);
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "verify.mjs"), program);
  const options = { cwd: folder, encoding: "utf8" } as const;
  const subjects = execFileSync(process.execPath, ["verify.mjs"], options);
  expect(subjects).toContain(`'${image.imageId}/inventory.json.gz'`);
  for (const changed of changesOf(stdout.split("\n")[0] ?? "")) {
    writeFileSync(statements, changed);
    const { status, stderr } = spawnSync(process.execPath, ["verify.mjs"], options);
    expect([status, stderr]).toEqual([1, expect.stringContaining("signature verification failed")]);
  }
});

interface Envelope {
  payloadType: string;
  payload: string;
  signatures: { keyid: string; sig: string }[];
}

/** An envelope with another type, with a bit of its payload flipped, and with one of its signature. */
const changesOf = (line: string): string[] => {
  const envelope = JSON.parse(line) as Envelope;
  const signatures = envelope.signatures.map(({ keyid, sig }) => ({ keyid, sig: flipped(sig) }));
  return [
    { ...envelope, payloadType: "application/vnd.in-toto+JSON" },
    { ...envelope, payload: flipped(envelope.payload) },
    { ...envelope, signatures },
  ].map((changed) => JSON.stringify(changed));
};

/** With a bit of its last byte flipped: the number that ends a signature is another then. */
const flipped = (base64: string): string => {
  const bytes = Buffer.from(base64, "base64");
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
  return bytes.toString("base64");
};
