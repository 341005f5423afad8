import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ovenbird } from "../support/ovenbird.ts";
import { openState } from "../support/local-state.ts";
import { signedImage } from "../support/signed-image.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/*
 * What Debian 13 has of in-toto's library verifies a statement, by the lines of the docs, in a step
 * of a bake: no other machine is sure to have it.
 */

const docs = readFileSync(join(import.meta.dirname, "../../docs/provenance.md"), "utf8");
const [, program = ""] = /## With in-toto's library[^]*?```python\n([^]*?)```/.exec(docs) ?? [];

/** With a bit of the payload flipped the program must end with an error that says why. */
const script = `
  cd /srv/verify
  python3 verify.py
  sed -i '1s/"payload":"eyJ/"payload":"eyK/' statements.intoto.jsonl
  if python3 verify.py 2> refused; then echo "a changed one was verified"; exit 1; fi
  grep VerificationError refused
`;

let kitchen: Kitchen;

beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen[Symbol.asyncDispose]());

test("in-toto's library verifies a statement by the lines of the docs, and refuses a changed one", async () => {
  await using state = await openState();
  const { image } = await signedImage(state);
  const root = ["--state", state.paths.root];
  const content = async (command: string[]) => (await ovenbird([...command, ...root])).stdout;
  const files = {
    "statements.intoto.jsonl": await content(["statement", image.name]),
    "key.pem": await content(["key"]),
    "verify.py": program,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(kitchen.folder, "recipes", name), text);
  }
  const { status, printed } = await kitchen.bake({
    name: "verifier",
    origin: { scratch: { distribution: "debian", suite: "trixie" } },
    image: { root_volume_size: 3 },
    configure: [
      { packages: ["python3-securesystemslib"], timeout: "20m" },
      {
        files: Object.keys(files).map((name) => ({ path: `/srv/verify/${name}`, source: name })),
      },
      { shell: script },
    ],
    patience: 1_200_000,
  });
  expect(status, printed).toBe(0);
  expect(printed).toContain(`"name": "${image.imageId}/inventory.json.gz"`);
  expect(printed).toMatch(/VerificationError: Accepted signatures do not match threshold/);
});
