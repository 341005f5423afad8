import { expect, test } from "vitest";
import { readConsole } from "../../../aws/test-machine/console.ts";

test.each([
  ["[  OK  ] Reached target multi-user.target - Multi-User System.", "booted"],
  [
    "\u001B[0;32m  OK  \u001B[0m] Reached target \u001B[0;1;39mMulti-User System\u001B[0m.",
    "booted",
  ],
  ["Debian GNU/Linux 13 ip-10-1-2-3 ttyS0\r\n\r\nip-10-1-2-3 login: ", "booted"],
  ["Cloud-init v. 22.2.2 finished at Sat, 21 Nov 2026 10:00:00 +0000. Up 12 seconds", "booted"],
  ["[    1.2] Run /init as init process", "booting"],
  ["", "booting"],
  ["[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs", "failed"],
  ["You are in emergency mode. After logging in, type", "failed"],
  ["error: no such partition.\ngrub rescue> ", "failed"],
])("a console that ends in %j is of an image that is %s", (output, state) => {
  expect(readConsole(output).state).toBe(state);
});

test("units that failed are read off the console", () => {
  const output =
    "[\u001B[0;1;31mFAILED\u001B[0m] Failed to start \u001B[0;1;39mnginx.service\u001B[0m.\r\n";
  expect(readConsole(output).failedUnits).toEqual(["nginx.service"]);
});

test("the last twenty lines are shown", () => {
  const output = Array.from({ length: 50 }, (_, index) => `line ${index}`).join("\r\n");
  expect(readConsole(output).tail.split("\n")).toMatchObject({ length: 20, 0: "line 30" });
});
