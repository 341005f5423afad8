import { describe, expect, test } from "vitest";
import { NetworkMode } from "../../aws/stage.ts";
import { cfnLint, noCfnLint, synthesize } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe.skipIf(noCfnLint !== "")(`cfn-lint${noCfnLint}`, () => {
  test.each(NetworkMode.options)("finds nothing in a stage whose network is %s", async (mode) => {
    await using folder = await temporaryFolder();
    expect(await cfnLint(synthesize(folder.path, `network: ${mode}`).file)).toBe("");
  });
});
