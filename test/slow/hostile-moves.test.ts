import { afterAll, beforeAll, expect, test } from "vitest";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/*
 * What is mounted in an image cannot be moved by a step, but a folder above it can. A link to this
 * machine in the place of that folder must not be followed, neither by the next step nor when the
 * disk is closed.
 */

let kitchen: Kitchen;
beforeAll(async () => {
  kitchen = await openKitchen();
});
afterAll(() => kitchen[Symbol.asyncDispose]());

test("a step that moves the folder that /run lies in gets no file of this machine's removed or written", async () => {
  const { status, stderr } = await kitchen.spring({
    commands: "rmdir run; mkdir -p x/run; ln -s x/run run; echo $HOST > host",
    configure: [{ shell: 'mv /x /z; ln -s "$(cat /host)" /x' }, { shell: "true" }],
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/a step moved a folder|\/run\/ovenbird\/script/);
});

test("a step that moves the folder that the ESP lies in gets no file of this machine's onto it", async () => {
  const { status, stderr } = await kitchen.spring({
    commands: `
      mkdir -p a/ssh; echo $HOST > host
      printf 'LABEL=root / ext4 defaults 0 1\\nUUID=ABCD-1234 /a/ssh vfat defaults 0 1\\n' > etc/fstab`,
    configure: [
      {
        shell: `host=$(cat /host); mv /a /b; ln -s "$host/etc" /a
          mkdir -p "$host/etc/ssh"; cp -r /b/ssh/EFI "$host/etc/ssh"`,
      },
    ],
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/a step moved a folder that \S+\/a\/ssh lies in/);
});

test("a step that moves the folder that memory lies over is told so, and nothing is left", async () => {
  const { status, stderr } = await kitchen.spring({
    commands: "mkdir -p var/tmp",
    configure: [{ shell: "mv /var /other; ln -s / /var" }],
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/a step moved a folder that \S+\/var\/tmp lies in/);
});
