import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { HostMount } from "../../../core/job.ts";
import { shell } from "../../support/agent-run.ts";
import { agentOf } from "../../support/processes.ts";
import { command, runOnHost } from "./run.ts";

const bind = (source: string, path: string, writable = false): HostMount => ({
  ...{ kind: "bind", source, path, writable },
});
const memory = (path: string, size = 8): HostMount => ({ kind: "tmpfs", path, size });

describe("mounts of the builder", () => {
  test("are there while steps run, and nothing of them is in the image", async () => {
    const ran = await runOnHost({
      async asks(host) {
        await mkdir(join(host, "read"));
        await mkdir(join(host, "write"));
        await writeFile(join(host, "read/file"), "this is of the builder\n");
        return {
          mounts: [
            bind(join(host, "read"), "/mnt/read/here"),
            bind(join(host, "write"), "/home/bird", true),
            memory("/mnt/memory"),
            bind(join(host, "read"), "/mnt/memory/in/it"),
          ],
          afterMount: [command("echo own > $OVENBIRD_ROOT/home/bird/own")],
        };
      },
      steps: [
        shell(
          `cat /mnt/read/here/file /mnt/memory/in/it/file
           (echo x > /mnt/read/here/x) 2>&1 | grep -o 'Read-only.*'
           (mount -o remount,rw /mnt/read/here || rm -f /mnt/read/here/file) 2>&1 | tail -1 | grep -o 'Read-only.*'
           ls /home/bird; echo left > /home/bird/left
           head -c 20000000 /dev/zero > /mnt/memory/large 2> /dev/null || wc -c < /mnt/memory/large
           grep ' /mnt/\\| /home' /proc/mounts | cut -d ' ' -f 2,4 | tr , ' ' | cut -d ' ' -f 1-4`,
        ),
      ],
      look: "ls -d mnt 2> /dev/null || true; find home; cat home/bird/own; find . -name file -o -name large",
      async after(host) {
        expect(await readdir(join(host, "read"))).toEqual(["file"]);
        expect(await readdir(join(host, "write"))).toEqual(["left"]);
        expect(await readFile(join(host, "write/left"), "utf8")).toBe("left\n");
      },
    });
    expect(ran.error).toBeUndefined();
    expect(ran.output("shell").split("\n")).toEqual([
      ...["this is of the builder", "this is of the builder"],
      ...["Read-only file system", "Read-only file system"],
      String(8 * 1024 ** 2),
      ...["/mnt/read/here ro nosuid nodev", "/home/bird rw nosuid nodev"],
      ...["/mnt/memory rw nosuid nodev", "/mnt/memory/in/it ro nosuid nodev"],
    ]);
    expect(ran.seen).toEqual(["home", "home/bird", "home/bird/own", "own"]);
  });

  test("never lie where the image's links lead on this machine", async () => {
    const ran = await runOnHost({
      asks: (host) => ({
        mounts: [memory("/srv/absolute"), bind("/etc", "/srv/climbing/deep")],
        afterMount: [
          command(
            `mkdir -p $OVENBIRD_ROOT/srv; cd $OVENBIRD_ROOT/srv
             ln -s ${host} absolute; ln -s ../../../../../../../..${host} climbing`,
          ),
        ],
      }),
      steps: [shell("touch /srv/absolute/file; ls /srv/climbing/deep/passwd")],
      look: "ls srv; ls tmp",
      after: async (host) => expect(await readdir(host)).toEqual([]),
    });
    // the second link leads into what the first mount covers, which is fine
    expect(ran.error).toBeUndefined();
    expect(ran.output("shell")).toBe("/srv/climbing/deep/passwd");
    expect(ran.seen).toEqual(["absolute", "climbing"]);
  });

  const wrong: [what: string, plant: string, says: string][] = [
    ["a link to /etc", "ln -s /etc", "/place of the image, which leads to /etc"],
    ["a link to the sandbox's /proc", "ln -s ../proc/self", "the sandbox has its own /proc"],
    ["a link to the agent's own", "ln -s /run/secrets", "the sandbox has its own /run/secrets"],
    ["a link to the ESP", "ln -s /boot/efi", "the image has a file system of its own there"],
    ["a file", "touch", "/place cannot be a folder"],
    ["a link to itself", "ln -s place", "leads through too many links"],
  ];
  test("have no place on what the sandbox or the image has there, nor on a file", async () => {
    for (const [what, plant, says] of wrong) {
      const ran = await runOnHost({
        asks: () => ({
          mounts: [memory("/place")],
          afterMount: [command(`${plant} $OVENBIRD_ROOT/place`)],
        }),
        steps: [shell("echo ran")],
      });
      expect([what, ran.error?.name]).toEqual([what, "UnusablePath"]);
      expect(ran.error?.message).toContain(says);
      expect(ran.output("shell")).toBe("");
    }
  });

  test("that a step moves away end the bake, and nothing of this machine is unmounted", async () => {
    const ran = await runOnHost({
      asks: () => ({ mounts: [memory("/mnt/a/b")] }),
      steps: [shell("mv /mnt/a /mnt/c; mkdir -p /tmp/b; ln -s /tmp /mnt/a")],
    });
    expect(ran.error).toMatchObject({
      name: "UnusablePath",
      message: "a step moved /mnt/a/b, where the recipe has something mounted",
    });
  });

  const absent: [what: string, says: string, make: (path: string) => unknown][] = [
    ["is not there", "the builder has no ", () => undefined],
    ["is a file", "is not a folder", (path) => writeFile(path, "")],
  ];
  test.each(absent)(
    "a folder that %s is told of before anything is done",
    async (_, says, make) => {
      const ran = await runOnHost({
        async asks(host) {
          await make(join(host, "given"));
          return {
            ...{ mounts: [bind(join(host, "given"), "/mnt")] },
            beforeMount: [command("echo ran")],
          };
        },
      });
      expect(ran.error).toMatchObject({ name: "NotReady" });
      expect(ran.error?.message).toContain(says);
      expect(ran.events).toEqual([]);
    },
  );

  test("are gone when the agent is killed", async () => {
    const ran = await runOnHost({
      asks: (host) => ({ mounts: [bind(host, "/mnt/x", true), memory("/mnt/y")] }),
      steps: [shell("echo here > /mnt/x/here; echo at work; sleep infinity")],
      onEvent(event, folder) {
        if (event.event !== "step-output" || event.text !== "at work") return;
        process.kill(agentOf(folder)?.pid ?? 0, "SIGKILL");
      },
      after: async (host) => expect(await readdir(host)).toEqual(["here"]),
    });
    expect(ran.error).toMatchObject({ name: "AgentDied" });
    // loop devices, mounts and processes: the end of the folder's scope asserts that none is left
  });
});
