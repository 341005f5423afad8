import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { allowSandbox } from "../../../agent/builder/allow-sandbox.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["removed", "/usr/bin/man (enforce)\nbwrap (enforce)\nunpriv_bwrap (enforce)\n"],
  ["left", "unpriv_bwrap (unconfined)\n"],
  ["left", ""],
])("the profile that shuts steps in is %s where %j is loaded", async (what, loaded) => {
  await using folder = await temporaryFolder();
  const [profiles, program] = ["profiles", "apparmor_parser"].map((name) =>
    join(folder.path, name),
  ) as [string, string];
  const calls = join(folder.path, "calls");
  await writeFile(profiles, loaded);
  await writeFile(calls, "");
  await writeFile(program, `#!/bin/sh\necho "$*" >>${calls}\n`);
  await chmod(program, 0o755);
  vi.stubEnv("PATH", `${folder.path}:${process.env["PATH"]}`);
  await allowSandbox(() => undefined, profiles);
  const removed = "--remove /etc/apparmor.d/bwrap-userns-restrict\n";
  expect(await readFile(calls, "utf8")).toBe(what === "removed" ? removed : "");
});
