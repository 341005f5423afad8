import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { CheckRun } from "../../core/inventory/found/check-run.ts";
import { unpackInventory } from "../../core/inventory/document.ts";
import { runAgent, shell } from "../support/agent-run.ts";
import { lookInside } from "../support/look-inside.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const check = (name: string, command: string, timeout = 30) => ({
  ...{ name, command, timeout, mode: "enforce" as const },
});

test("checks see the finished image and cannot change it; how they end is in its inventory", async () => {
  await using folder = await temporaryFolder();
  const checks = [
    check("sees", "cat /srv/made; echo scratch > /tmp/x && cat /tmp/x"),
    check("writes", "echo changed > /srv/made"),
    check(
      "everywhere",
      "for at in / /etc /boot /boot/efi /usr; do if (echo > $at/new); then exit 7; fi; done; exit 3",
    ),
    check("tells", "echo hunter22-is-here; exit 1"),
    check("sleeps", "echo begun; sleep 1000000", 1),
    check("asks", 'echo "$OVENBIRD_PARAM_GREETING"; ls /run/secrets'),
    check("looks", 'echo "${GREETING-not told}"; cat /srv/made'),
  ];
  const ran = await runAgent({
    ...{ folder: folder.path, parameters: { GREETING: "hello", PATH: "/srv/bin" } },
    ...{ secrets: { TOKEN: "hunter22" }, recipe: { checks } },
    steps: [
      shell(
        "PATH=/usr/bin:/bin; mkdir -p /srv/bin; echo made > /srv/made; printf '#!/bin/sh\necho made by somebody\n' > /srv/bin/cat; chmod 755 /srv/bin/cat",
      ),
    ],
  });
  expect(ran.error).toBeUndefined();
  const inventory = unpackInventory(await readFile(join(folder.path, "inventory.json.gz")));
  const found = new Map((inventory.checks ?? []).map((run): [string, CheckRun] => [run.name, run]));
  expect(found.get("sees")).toMatchObject({ status: 0, output: ["made", "scratch"] });
  expect(found.get("writes")?.output.join()).toMatch(/Read-only/);
  expect(found.get("everywhere")?.status).toBe(3);
  expect(found.get("tells")).toMatchObject({ status: 1, output: ["***-is-here"] });
  expect(found.get("sleeps")).toMatchObject({ output: ["begun", "it did not end in 1 s"] });
  expect(found.get("sleeps")).not.toHaveProperty("status");
  expect(found.get("asks")?.output[0]).toBe("hello");
  // a recipe's parameter is no PATH, in which a program of its own would answer
  expect(found.get("looks")).toMatchObject({ status: 0, output: ["not told", "made"] });
  expect(await lookInside(ran.disk, 'cat "$ROOT"/srv/made; ls "$ROOT"/tmp')).toBe("made\n");
  expect(ran.output("Run the policy's checks")).toContain("sees: status 0");
});

test("without checks nothing is told of them", async () => {
  await using folder = await temporaryFolder();
  const ran = await runAgent({ folder: folder.path, steps: [] });
  expect(ran.error).toBeUndefined();
  const inventory = unpackInventory(await readFile(join(folder.path, "inventory.json.gz")));
  expect(inventory).not.toHaveProperty("checks");
});
