import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keptStatements, machineKeys, proofsOf } from "../../cli/proofs.ts";
import { sentencesOf } from "../../cli/proof-sentences.ts";
import { proveImage } from "../../core/statement/prove-image.ts";
import { readKeys } from "../../cli/read-keys.ts";
import type { PublicKey } from "../../core/statement/signer.ts";
import { someScan } from "../support/some-scan.ts";
import { readRecord, writeRecord } from "../../local/record.ts";
import { imageRecord, statementsFile } from "../../local/paths.ts";
import { Image } from "../../core/image.ts";
import { openState } from "../support/local-state.ts";
import { webRecipe } from "../support/memory-ports.ts";
import { signedImage } from "../support/signed-image.ts";
import { packed, packedInventory, smallInventory } from "../support/small-inventory.ts";
import { ovenbird } from "./run-cli.ts";

const docs = readFileSync(join(import.meta.dirname, "../../docs/provenance.md"), "utf8");

/** The lines of docs/provenance.md that verify by openssl. */
const [, lines = ""] = /## With openssl alone[^]*?```sh\n([^]*?)```/.exec(docs) ?? [];

/** Runs them in a folder; what they print. */
const byDocs = (folder: string): string =>
  execFileSync("bash", ["-c", `${lines.replace("jq . payload", "jq -c . payload")} 2>&1`], {
    ...{ cwd: folder, encoding: "utf8" },
  });

test("openssl verifies a statement by the lines of the docs, and refuses a changed one", async () => {
  await using state = await openState();
  const { image, folder } = await signedImage(state);
  const root = ["--state", state.paths.root];
  const printed = await ovenbird(["statement", image.name, ...root]);
  expect(printed.status).toBe(0);
  writeFileSync(join(folder, "statements.intoto.jsonl"), printed.stdout);
  writeFileSync(join(folder, "key.pem"), (await ovenbird(["key", ...root])).stdout);
  const [verdict, payload = ""] = byDocs(folder).split("\n");
  expect(verdict).toBe("Verified OK");
  expect(JSON.parse(payload)).toMatchObject({ predicateType: "https://slsa.dev/provenance/v1" });
  expect(payload).toContain(createHash("sha256").update(packedInventory).digest("hex"));
  const changed = printed.stdout.replace(/"payload":"eyJ/, '"payload":"eyK');
  writeFileSync(join(folder, "statements.intoto.jsonl"), changed);
  expect(byDocs(folder)).toContain("Verification failure");
});

test("what is printed is the file that is kept, and decoded it is the statement", async () => {
  await using state = await openState();
  const { image } = await signedImage(state);
  const root = ["--state", state.paths.root];
  const { stdout } = await ovenbird(["statement", image.imageId, ...root]);
  expect(stdout).toBe(readFileSync(statementsFile(state.paths, image.snapshotId), "utf8"));
  const sum = createHash("sha256").update(stdout).digest("hex");
  expect(image.statement).toBe(`sha256:${sum}`);
  const decoded = await ovenbird(["statement", image.imageId, "--decode", ...root]);
  expect(JSON.parse(decoded.stdout)).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    predicate: { runDetails: { metadata: { invocationId: image.bake } } },
  });
});

test("no file of a bake or of an image has a secret's value, nor the private key", async () => {
  await using state = await openState();
  process.env["SOME_TOKEN"] = "hunter2-hunter2";
  const recipe = webRecipe.replace(
    "  configure:",
    "    TOKEN: { type: secret, from: { environment: SOME_TOKEN } }\n  configure:",
  );
  const { kept, folder } = await signedImage(state, { recipe });
  const key = readFileSync(join(state.paths.keys, "statement.pem"), "utf8").split("\n")[1] ?? "";
  expect(key.length).toBeGreaterThan(40);
  for (const place of [kept, folder, state.paths.images]) {
    for (const name of readdirSync(place, { recursive: true, withFileTypes: true })) {
      if (!name.isFile() || name.name.endsWith(".raw")) continue;
      const text = readFileSync(join(name.parentPath, name.name), "latin1");
      expect(text.includes("hunter2") || text.includes(key), name.name).toBe(false);
    }
  }
  const [line = ""] = readFileSync(join(kept, "image.intoto.jsonl"), "utf8").split("\n");
  const { payload } = JSON.parse(line) as { payload: string };
  const statement = Buffer.from(payload, "base64").toString("utf8");
  expect(statement).toContain('"secrets":["TOKEN"]');
  expect(statement).not.toMatch(/hunter2|SOME_TOKEN/);
});

test("proofs say what is proven and what is not, in sentences", async () => {
  await using state = await openState();
  const { image } = await signedImage(state);
  const { root } = state.paths;
  const proofs = await proofsOf(root, image);
  expect(proofs).toMatchObject({ outcome: "proven", keyId: (await machineKeys(root))[0]?.keyId });
  const proven = proofs.sentences.filter((one) => one.proven).map(({ text }) => text);
  const open = proofs.sentences.filter((one) => !one.proven).map(({ text }) => text);
  expect(proven).toEqual([
    expect.stringContaining("the signature holds"),
    expect.stringContaining(image.bake),
    expect.stringContaining("web.yaml"),
    expect.stringContaining("the inventory is the one that was signed"),
    expect.stringContaining("verdict.json is the one that was signed"),
    expect.stringContaining("the inventory that policy judged is the one that was signed"),
  ]);
  expect(open).toEqual([
    expect.stringContaining("the disk was not read again"),
    "nothing was signed of its vulnerabilities",
  ]);
  const tree = smallInventory.digest ?? "";
  const read = await proofsOf(root, image, { tree });
  expect(read.sentences.map(({ text }) => text)).toContain(
    `the file tree on the disk is the one that was signed: ${tree}`,
  );
});

test("an inventory that is not the one that policy judged is told, also where both were signed", async () => {
  await using state = await openState();
  const { image } = await signedImage(state);
  const proof = proveImage(
    await keptStatements(state.paths.root, image),
    await machineKeys(state.paths.root),
  );
  if (proof === undefined) throw new Error("nothing was signed");
  const verdict = proof.provenance.runDetails.byproducts.find(
    ({ name }) => name === "verdict.json",
  );
  const reports = { "verdict.json": `sha256:${verdict?.digest?.["sha256"]}` };
  const said = (judged?: string) => sentencesOf(proof, { reports, judged }).slice(-2);
  const other = `sha256:${"7".repeat(64)}`;
  expect(said(other)).toMatchObject([
    { isBroken: false, text: expect.stringContaining("verdict.json is the one that was signed") },
    {
      isBroken: true,
      text: expect.stringContaining(`policy judged is another than was signed: ${other}`),
    },
  ]);
  expect(said()).toMatchObject([
    {},
    { proven: false, isBroken: false, text: "which inventory policy judged is not in its verdict" },
  ]);
});

test("of a scan a flaw of one source is one, however many packages were made from it", async () => {
  await using state = await openState();
  const findings = someScan.findings.flatMap((one) =>
    ["openssl", "libssl3t64", "libssl-dev"].map((name) => ({
      ...one,
      package: { ...one.package, name, source: { name: "openssl", version: "1" } },
    })),
  );
  const { image } = await signedImage(state, { scan: { ...someScan, findings } });
  const { sentences } = await proofsOf(state.paths.root, image);
  const said = sentences.map(({ text }) => text);
  expect(said).toContainEqual(expect.stringMatching(/were looked for by .*: 1 high; it did/));
});

test("of a scan it is proven who looked, when, in what, and what was found", async () => {
  await using state = await openState();
  const { image, kept } = await signedImage(state, { scan: someScan });
  const { root } = state.paths;
  const { outcome, statements, sentences } = await proofsOf(root, image);
  expect(outcome).toBe("proven");
  expect(statements.map(({ predicateType }) => predicateType)).toEqual([
    ...["https://slsa.dev/provenance/v1", "https://in-toto.io/attestation/vulns/v0.2"],
  ]);
  const said = sentences.map(({ text }) => text);
  expect(said).toContain(
    "vulnerabilities were looked for by ovenbird:osv/debian (1) on 2026-11-21T12:00:02Z, as of 2026-11-20T00:00:00Z: 1 high; it did not look at 1 packages",
  );
  expect(said).toContainEqual(expect.stringContaining("scan.json is the one that was signed"));
  const printed = await ovenbird(["statement", image.name, "--decode", "--state", root]);
  expect(printed.stdout).toContain("https://in-toto.io/attestation/vulns/v0.2");
  for (const name of ["scan.json", "verdict.json"]) {
    const file = join(kept, name);
    const text = readFileSync(file, "utf8");
    writeFileSync(
      file,
      text.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
    );
    const changed = await proofsOf(root, image);
    expect(changed.outcome).toBe("broken");
    expect(changed.sentences.flatMap((one) => (one.isBroken ? [one.text] : []))).toEqual([
      expect.stringContaining(`${name} is another than was signed`),
    ]);
    writeFileSync(file, text);
  }
  expect((await proofsOf(root, image)).outcome).toBe("proven");
});

test("a key that is replaced still proves what it signed, and one that is named does", async () => {
  await using state = await openState();
  const { image, folder } = await signedImage(state);
  const { root } = state.paths;
  const old = (await ovenbird(["key", "--state", root])).stdout;
  const { status, stdout } = await ovenbird(["key", "--replace", "--json", "--state", root]);
  expect(status).toBe(0);
  const { keyId, earlier } = JSON.parse(stdout) as { keyId: string; earlier: PublicKey[] };
  expect(earlier).toMatchObject([{ pem: old }]);
  const proofs = await proofsOf(root, image);
  expect(proofs).toMatchObject({ outcome: "proven", keyId: earlier[0]?.keyId });
  expect(keyId).not.toBe(proofs.keyId);
  writeFileSync(join(folder, "old.pem"), old);
  const named = await readKeys([join(folder, "old.pem")]);
  expect((await proofsOf(root, image, {}, named)).outcome).toBe("proven");
  writeFileSync(join(folder, "new.pem"), (await ovenbird(["key", "--state", root])).stdout);
  const other = await readKeys([join(folder, "new.pem")]);
  expect(await proofsOf(root, image, {}, other)).toMatchObject({ outcome: "broken" });
  await expect(readKeys([join(folder, "none.pem")])).rejects.toMatchObject({ name: "NotFound" });
  const secret = join(state.paths.keys, "statement.pem");
  await expect(readKeys([secret])).rejects.toMatchObject({
    ...{ name: "NotReady", message: expect.stringContaining("is a private key") },
  });
});

test("proofs are broken by another disk, inventory, statement or record", async () => {
  await using state = await openState();
  const { image, kept } = await signedImage(state);
  const { root } = state.paths;
  const broken = async (of: Image = image) => {
    const { outcome, sentences } = await proofsOf(root, of);
    expect(outcome).toBe("broken");
    return sentences.flatMap(({ isBroken, text }) => (isBroken ? [text] : [])).join();
  };
  const tree = `sha256:${"0".repeat(64)}`;
  expect((await proofsOf(root, image, { tree })).outcome).toBe("broken");
  const inventory = join(kept, "inventory.json.gz");
  writeFileSync(inventory, packed({ ...smallInventory, packages: [] }));
  expect(await broken()).toContain("the inventory is another than was signed");
  writeFileSync(inventory, "{}");
  expect(await broken()).toContain("cannot be read");
  writeFileSync(inventory, packedInventory);
  const file = statementsFile(state.paths, image.snapshotId);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/"sig":"M/, '"sig":"N'));
  expect(await broken()).toContain("not the one that its record names");
  rmSync(file);
  expect(await broken()).toContain("is gone");
  writeFileSync(file, text);
  const { statement: _, ...record } = image;
  expect(await broken(record)).toContain("knows of none");
  expect((await proofsOf(root, image)).outcome).toBe("proven");
});

test("an image of the time before statements is told as unsigned", async () => {
  await using state = await openState();
  const { image, folder } = await signedImage(state);
  rmSync(statementsFile(state.paths, image.snapshotId));
  const { statement: _, ...record } = image;
  await writeRecord(imageRecord(state.paths, image.imageId), record, folder);
  const read = await readRecord(imageRecord(state.paths, image.imageId), Image);
  expect(await proofsOf(state.paths.root, read ?? image)).toMatchObject({ outcome: "unsigned" });
  const { status, stderr } = await ovenbird(["statement", "web", "--state", state.paths.root]);
  expect(status).not.toBe(0);
  expect(stderr).toContain("has no statement");
});
