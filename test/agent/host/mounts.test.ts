import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { HostMount } from "../../../core/host.ts";
import { openHostMounts } from "../../../agent/host/mounts.ts";
import { shell } from "../../support/agent-run.ts";
import { agentOf, killHard } from "../../support/processes.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
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

  const wrong: [what: string, target: string, says: string][] = [
    ["/etc", "/etc", "which leads to /etc: /etc is the image's own"],
    ["its own /usr", "../usr", "which leads to /usr: /usr is the image's own"],
    ["the sandbox's /proc", "../../proc/self", "the sandbox has its own /proc"],
    ["the agent's own", "/run/secrets", "the sandbox has its own /run/secrets"],
    ["the ESP", "/boot/efi", "the image has a file system of its own there"],
    ["a file", "file", "/mnt/place cannot be a folder"],
    ["a folder in a file", "file/folder", "/mnt/place cannot be a folder"],
    ["itself", "place", "/mnt/place leads through too many links"],
  ];
  test.each(wrong)("have no place where a link leads to %s", async (_, target, says) => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "mnt"));
    await writeFile(join(folder.path, "mnt/file"), "");
    await symlink(target, join(folder.path, "mnt/place"));
    const opened = openHostMounts(
      folder.path,
      [memory("/mnt/place")],
      [{ path: "/boot/efi", type: "vfat", uuid: "ABCD-1234" }],
    );
    await expect(opened).rejects.toMatchObject({
      ...{ name: "UnusablePath", message: expect.stringContaining(says) },
    });
    expect(await readdir(folder.path)).toEqual(["mnt"]);
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

  test("are gone when the agent is killed", async () => {
    const ran = await runOnHost({
      asks: (host) => ({ mounts: [bind(host, "/mnt/x", true), memory("/mnt/y")] }),
      steps: [shell("echo here > /mnt/x/here; echo at work; sleep infinity")],
      onEvent(event, folder) {
        if (event.event !== "step-output" || event.text !== "at work") return;
        killHard(agentOf(folder)?.pid);
      },
      after: async (host) => expect(await readdir(host)).toEqual(["here"]),
    });
    expect(ran.error).toMatchObject({ name: "AgentDied" });
    // loop devices, mounts and processes: the end of the folder's scope asserts that none is left
  });
});
