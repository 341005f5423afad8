import { access, constants, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { probeKvm } from "../../local/kvm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const hasDevice = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
  () => true,
  () => false,
);

/** Milliseconds: less than usual, since a KVM that hangs takes all of them. */
const patience = 1000;

test("the probe of KVM answers, whatever the machine, when its time is over", async () => {
  await using folder = await temporaryFolder();
  expect(await probeKvm(join(folder.path, "kvm"), patience)).toBeTypeOf("boolean");
});

const here = hasDevice ? "" : ": not here, without /dev/kvm";

test.runIf(hasDevice)(`what a probe found is known for an hour${here}`, async () => {
  await using folder = await temporaryFolder();
  const memory = join(folder.path, "kvm");
  for (const [text, known] of [
    ["runs", true],
    ["fails", false],
  ] as const) {
    await writeFile(memory, text);
    expect(await probeKvm(memory)).toBe(known);
  }
  const old = new Date(Date.now() - 2 * 3600 * 1000);
  await writeFile(memory, "nothing that a probe writes");
  await utimes(memory, old, old);
  const found = await probeKvm(memory, patience);
  expect(await readFile(memory, "utf8")).toBe(found ? "runs" : "fails");
});
