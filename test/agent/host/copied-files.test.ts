import { mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCopiedFiles } from "../../../agent/host/copied-files.ts";
import { shell } from "../../support/agent-run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { command, runOnHost } from "./run.ts";

describe("files of the builder", () => {
  test("are in the image while steps run, and then it has its own again", async () => {
    const places = ["/etc/app.conf", "/etc/link", "/etc/fifo", "/etc/none/deep/file"];
    const ran = await runOnHost({
      async asks(host) {
        const from = join(host, "given");
        await writeFile(from, "this is of the builder\n", { mode: 0o640 });
        await writeFile(join(host, "other"), "untouched\n");
        const own = [
          "cd $OVENBIRD_ROOT/etc; echo own > app.conf; chmod 600 app.conf; mkfifo fifo",
          `ln -s ${host}/other link`,
        ];
        return {
          copyFiles: places.map((to) => ({ from, to })),
          afterMount: [command(own.join("; "))],
        };
      },
      steps: [
        shell(`stat -c '%a %u %F' ${places.join(" ")}; cat ${places.join(" ")}; sync`),
        // what steps make of them is as gone
        shell(
          "echo more >> /etc/app.conf; rm /etc/link; mkdir -p /etc/link/x; mv /etc/fifo /etc/moved; ls -A /etc/none",
          { name: "second" },
        ),
      ],
      look: `cd etc; cat app.conf; stat -c '%a %F' app.conf fifo; readlink link; ls -d none 2>&1 || true
        find "$ROOT" -name '*ovenbird*'; grep --count --binary 'of the builder' moved "$DISK" || true`,
      async after(host) {
        expect(await readdir(host)).toEqual(["given", "other"]);
        expect(await readFile(join(host, "given"), "utf8")).toBe("this is of the builder\n");
        expect(await readFile(join(host, "other"), "utf8")).toBe("untouched\n");
      },
    });
    expect(ran.error).toBeUndefined();
    const [file, content] = ["640 0 regular file", "this is of the builder"];
    expect(ran.output("shell").split("\n")).toEqual([
      ...[file, file, file, file],
      ...[content, content, content, content],
    ]);
    expect(ran.output("second")).toBe("deep");
    expect(ran.seen).toEqual([
      ...["own", "600 regular file", "644 fifo", `${ran.host}/other`],
      ...["ls: cannot access 'none': No such file or directory", "moved:1"],
      // of what a step moved, the image has one; of the others, nothing is on the disk either
      expect.stringMatching(/disk\.raw:1$/),
    ]);
  });

  test("never go where the image's links lead on this machine", async () => {
    const ran = await runOnHost({
      async asks(host) {
        await writeFile(join(host, "given"), "given\n");
        const links = `cd $OVENBIRD_ROOT/srv 2> /dev/null || { mkdir $OVENBIRD_ROOT/srv; cd $OVENBIRD_ROOT/srv; }
          ln -s ${host} absolute; ln -s ../../../../../../../..${host} climbing; ln -s absolute/. chain`;
        const from = join(host, "given");
        return {
          copyFiles: ["absolute", "climbing", "chain"].map((link) => ({
            ...{ from, to: `/srv/${link}/${link}` },
          })),
          afterMount: [command(links)],
        };
      },
      steps: [shell("cat /srv/absolute/absolute /srv/climbing/climbing /srv/chain/chain")],
      look: "ls srv; find . -name given; ls tmp",
      after: async (host) => expect(await readdir(host)).toEqual(["given"]),
    });
    expect(ran.error).toBeUndefined();
    expect(ran.output("shell")).toBe("given\ngiven\ngiven");
    expect(ran.seen).toEqual(["absolute", "chain", "climbing"]);
  });

  test("do not take the place of a folder, nor of a file's folder", async () => {
    await using folder = await temporaryFolder();
    const from = join(folder.path, "given");
    await writeFile(from, "given");
    await mkdir(join(folder.path, "home/bird"), { recursive: true });
    const wrong = {
      "/home/bird": "is a folder in the image",
      "/given/x": "/given cannot be a folder",
    };
    for (const [to, says] of Object.entries(wrong)) {
      const opened = openCopiedFiles(folder.path, [
        { from, to: "/made/for/this" },
        { from, to },
      ]);
      await expect(opened).rejects.toMatchObject({
        ...{ name: "UnusablePath", message: expect.stringContaining(says) },
      });
    }
    expect((await readdir(folder.path)).toSorted()).toEqual(["given", "home"]);
  });

  test("leave zeros in the blocks that they had", async () => {
    await using folder = await temporaryFolder();
    const from = join(folder.path, "given");
    await writeFile(from, "x".repeat(100_000));
    const copies = await openCopiedFiles(folder.path, [{ from, to: "/copy" }]);
    await using copy = await open(join(folder.path, "copy"));
    expect(await copy.readFile("utf8")).toBe("x".repeat(100_000));
    await copies[Symbol.asyncDispose]();
    const { buffer } = await copy.read(Buffer.alloc(200_000), 0, 200_000, 0);
    expect(buffer.subarray(0, 100_000).equals(Buffer.alloc(100_000))).toBe(true);
    expect(await readdir(folder.path)).toEqual(["given"]);
  });

  test("that are not there are told of before anything is done", async () => {
    const ran = await runOnHost({
      asks: (host) => ({
        copyFiles: [{ from: join(host, "none"), to: "/etc/given" }],
        beforeMount: [command("echo ran")],
      }),
    });
    expect(ran.error).toMatchObject({
      name: "NotReady",
      message: `the builder has no ${ran.host}/none, which host.copy_files of the recipe names`,
    });
    expect(ran.events).toEqual([]);
  });
});
