import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileEntry, Step } from "../../core/step.ts";
import { type AgentRun, runAgent, shell } from "../support/agent-run.ts";
import { lookInside } from "../support/look-inside.ts";
import { sharedBake } from "../support/shared-bake.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const entry = (path: string, more: Partial<FileEntry> = {}): FileEntry => ({
  ...{ path, template: false, owner: "root", group: "root" },
  ...more,
});

const files = (...entries: FileEntry[]): Step => ({
  ...{ kind: "files", name: "files", timeout: 60, files: entries },
});

interface Run extends Omit<AgentRun, "folder"> {
  /** Prepares the bundle's folder. */
  prepare?: (bundle: string) => Promise<void>;
  /** Shell commands that look into the finished image. */
  look?: string;
}

/** Bakes steps by themselves; answers what the commands saw in the image, or the error. */
const run = async ({ prepare, look = "true", ...order }: Run) => {
  await using folder = await temporaryFolder();
  const bundle = join(folder.path, "bundle");
  await mkdir(bundle);
  await prepare?.(bundle);
  const { error, disk } = await runAgent({ folder: folder.path, ...order });
  const seen = error === undefined ? await lookInside(disk, `cd "$ROOT"\n${look}\ncd /`) : "";
  return { error, lines: seen.split("\n").slice(0, -1) };
};

describe("a files step", () => {
  const shared = sharedBake({ parameters: { GREETING: "Good morning" } });

  const page = shared.add([
    files(
      entry("/srv/www/page", { content: "hello\n", owner: "bird", group: "bird", mode: "0640" }),
      entry("/srv/plain", { content: "" }),
    ),
  ]);
  test("writes content with its owner, group and mode, and makes the folders above it", async () => {
    const look = "stat -c '%a %u:%g %n' srv srv/www/page srv/plain; cat srv/www/page";
    expect(await page.look(look)).toEqual([
      ...["755 0:0 srv", "640 1000:1000 srv/www/page", "644 0:0 srv/plain", "hello"],
    ]);
  });

  const tool = shared.add(
    [
      files(
        entry("/own", { source: "tool", owner: "bird", group: "bird" }),
        entry("/given", { content: "", mode: "6711", owner: "bird", group: "bird" }),
      ),
    ],
    async (bundle) => {
      await writeFile(join(bundle, "tool"), "#!/bin/sh\n");
      await chmod(join(bundle, "tool"), 0o4755);
    },
  );
  test("keeps the set-user-ID bit that a file has or is given", async () => {
    const look = "stat -c '%a %U' own given 2>/dev/null | cut -d' ' -f1";
    expect(await tool.look(look)).toEqual(["4755", "6711"]);
  });

  const site = shared.add(
    [files(entry("/srv/site", { source: "site", owner: "bird", group: "bird" }))],
    async (bundle) => {
      await mkdir(join(bundle, "site/private"), { recursive: true });
      await chmod(join(bundle, "site/private"), 0o700);
      await writeFile(join(bundle, "site/run.sh"), "#!/bin/sh\n");
      await chmod(join(bundle, "site/run.sh"), 0o755);
      await symlink("/etc/shadow", join(bundle, "site/link"));
    },
  );
  test("copies a folder with its modes, and a link in it as a link", async () => {
    const look = `cd srv/site
                  stat -c '%a %u %F %n' private run.sh
                  readlink link; stat -c '%u' link`;
    expect(await site.look(look)).toEqual([
      ...["700 1000 directory private", "755 1000 regular file run.sh", "/etc/shadow", "1000"],
    ]);
  });

  const home = shared.add(
    [
      shell("chmod 711 /home/bird; chown bird /home/bird"),
      files(entry("/home", { source: "overlay" })),
    ],
    async (bundle) => {
      await mkdir(join(bundle, "overlay/bird"), { recursive: true, mode: 0o700 });
      await writeFile(join(bundle, "overlay/bird/new"), "");
    },
  );
  test("leaves a folder that the image has its owner and mode", async () => {
    const look = "stat -c '%a %u %n' home home/bird home/bird/new";
    expect(await home.look(look)).toEqual([
      "755 0 home",
      "711 1000 home/bird",
      "644 0 home/bird/new",
    ]);
  });

  const motd = shared.add(
    [
      files(
        entry("/filled", { source: "motd", template: true }),
        entry("/verbatim", { source: "motd" }),
      ),
    ],
    (bundle) => writeFile(join(bundle, "motd"), "${GREETING} $HOME $${X}\n"),
  );
  test("fills in templates, and nothing else", async () => {
    const filled = ["Good morning $HOME ${X}", "${GREETING} $HOME $${X}"];
    expect(await motd.look("cat filled verbatim")).toEqual(filled);
  });

  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const binary = shared.add([files(entry("/bytes", { source: "bytes" }))], (bundle) =>
    writeFile(join(bundle, "bytes"), bytes),
  );
  test("copies bytes that are no text", async () => {
    expect(await binary.look("base64 -w 0 bytes; echo")).toEqual([bytes.toString("base64")]);
  });

  const links = shared.add([
    shell("echo mine > /kept; ln -s /kept /etc/link; ln -s /nowhere /etc/dangling"),
    files(entry("/etc/link", { content: "new\n" }), entry("/etc/dangling", { content: "new\n" })),
  ]);
  test("replaces a link instead of following it", async () => {
    const look = "cat kept etc/link etc/dangling; stat -c %F etc/link; [ -e nowhere ] || echo no";
    expect(await links.look(look)).toEqual(["mine", "new", "new", "regular file", "no"]);
  });

  const numbers = shared.add([files(entry("/x", { content: "", owner: "4711", group: "4712" }))]);
  test("takes numbers for owners", async () => {
    expect(await numbers.look("stat -c '%u:%g' x")).toEqual(["4711:4712"]);
  });

  test("follows the links above a file as the image would, and never out of it", async () => {
    await using outside = await temporaryFolder();
    const { lines } = await run({
      steps: [
        shell(
          `mkdir -p ${outside.path} /real
           ln -s /real /absolute; ln -s ../../../../real /relative; ln -s ${outside.path} /host`,
        ),
        files(
          entry("/absolute/a", { content: "a\n" }),
          entry("/relative/b", { content: "b\n" }),
          entry("/host/c/d", { content: "c\n" }),
          entry("/../../../../../../etc/e", { content: "e\n" }),
        ),
        shell(`cp ${outside.path}/c/d /seen`),
      ],
      look: "cat real/a real/b seen etc/e",
    });
    expect(lines).toEqual(["a", "b", "c", "e"]);
    expect(await readdir(outside.path)).toEqual([]);
  });

  test("refuses a path through a file, a folder's name and a loop of links, naming the path", async () => {
    const cases = [
      ["/etc/passwd/x", "true"],
      ["/etc", "true"],
      ["/loop/x", "ln -s /loop2 /loop; ln -s /loop /loop2"],
    ] as const;
    for (const [path, script] of cases) {
      const { error } = await run({ steps: [shell(script), files(entry(path, { content: "" }))] });
      expect(error).toMatchObject({ name: "UnusablePath" });
      expect(error?.message).toContain(path.replace(/\/x$/, ""));
      expect(error?.message).toContain('step 2 "files"');
    }
  });

  test("names the step when it asks for an owner that the image has not", async () => {
    const { error } = await run({ steps: [files(entry("/x", { content: "", owner: "nobody2" }))] });
    expect(error).toMatchObject({ name: "StepFailed" });
    expect(error?.message).toContain('step 1 "files"');
    expect(error?.message).toContain("the image has no user nobody2");
  });

  test("that fills the disk is named, with what would help", async () => {
    const { error } = await run({
      size: 160,
      prepare: (bundle) => writeFile(join(bundle, "large"), Buffer.alloc(64 * 1024 ** 2, 1)),
      steps: [files(entry("/large", { source: "large" }))],
    });
    expect(error).toMatchObject({ name: "StepFailed" });
    expect(error?.message).toContain('step 1 "files"');
    expect(error?.message).toContain("the image's disk is full; root_volume_size is 1 GiB");
  });
});

describe("what the agent writes by itself", () => {
  test("does not follow the image's links onto this machine", async () => {
    await using outside = await temporaryFolder();
    const file = join(outside.path, "file");
    await writeFile(file, "this machine's");
    const { error, lines } = await run({
      steps: [
        shell(
          `ln -sf ${file} /etc/machine-id
           ln -sf ${file} /etc/hostname
           rm /etc/resolv.conf; ln -s ${file} /etc/resolv.conf
           rm /usr/sbin/policy-rc.d; ln -s ${file} /usr/sbin/policy-rc.d
           mkdir -p /home/bird/.ssh; ln -s ${file} /home/bird/.ssh/authorized_keys`,
        ),
        {
          ...{ kind: "users", name: "users", timeout: 60 },
          users: [
            {
              ...{ name: "bird", groups: [], comment: "", system: false },
              sshAuthorizedKeys: ["ssh-ed25519 AAAA"],
            },
          ],
        },
      ],
      look: `stat -c '%F %s' etc/machine-id
             stat -c '%F %a %u' home/bird/.ssh/authorized_keys; cat home/bird/.ssh/authorized_keys`,
    });
    expect(error).toBeUndefined();
    expect(await readFile(file, "utf8")).toBe("this machine's");
    expect(lines).toEqual([
      ...["regular empty file 0", "regular file 600 1000", "ssh-ed25519 AAAA"],
    ]);
  });
});
