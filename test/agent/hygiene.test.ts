import { execFile } from "node:child_process";
import { chmod, chown, link, lstat, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { afterSteps, beforeSteps, hygieneSentences } from "../../agent/hygiene.ts";
import { HygieneItem } from "../../core/job.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { fifo, folder, type Leaf, makeTree, pathsIn, socket } from "../support/tree.ts";

const run = promisify(execFile);

const passwd = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
bird:x:1000:1000::/home/bird:/bin/bash
`;

/** An image in a folder, beside a folder that is not the image's. */
const openImage = async (leaves: Record<string, Leaf> = {}) => {
  const scratch = await temporaryFolder();
  const root = join(scratch.path, "root");
  const outside = join(scratch.path, "outside");
  await makeTree(outside, { file: "the host's", ssh_host_rsa_key: "the host's", "sub/file": "x" });
  await makeTree(root, {
    "etc/passwd": passwd,
    "home/bird": folder,
    root: folder,
    ...leaves,
  });
  const before = await pathsIn(outside);
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const order = (keep: readonly HygieneItem[]) => ({ root, keep, say });
  return {
    ...{ root, outside, said },
    before: (keep: readonly HygieneItem[] = []) => beforeSteps(order(keep)),
    after: (keep: readonly HygieneItem[] = []) => afterSteps(order(keep)),
    paths: () => pathsIn(root),
    text: (path: string) => readFile(join(root, path), "utf8"),
    async [Symbol.asyncDispose]() {
      const [now, text] = [await pathsIn(outside), await readFile(join(outside, "file"), "utf8")];
      await scratch[Symbol.asyncDispose]();
      expect([now, text]).toEqual([before, "the host's"]);
    },
  };
};

/** What each item removes, and what lies beside it and stays. */
const kinds: Record<
  Exclude<HygieneItem, "machine-id" | "logs" | "authorized-keys">,
  { gone: string[]; stays: string[] }
> = {
  "host-keys": {
    gone: ["etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_rsa_key.pub"],
    stays: ["etc/ssh/sshd_config", "etc/ssh/moduli", "etc/ssh/ssh_host_folder/file"],
  },
  histories: {
    gone: [
      "root/.bash_history",
      "home/bird/.zsh_history",
      "home/bird/.local/share/fish/fish_history",
    ],
    stays: ["root/.bashrc", "home/bird/.ssh/authorized_keys", "home/other/.bash_history"],
  },
  "cloud-init": {
    gone: [
      "var/lib/cloud/instance",
      "var/lib/cloud/instances/i-1/user-data.txt",
      "var/lib/cloud/data/result.json",
      "var/lib/cloud/sem/config_scripts_per_once.once",
    ],
    stays: ["var/lib/cloud/seed/nocloud/meta-data", "var/lib/cloud/scripts/per-boot/x.sh"],
  },
  "package-caches": {
    gone: [
      ...["var/cache/apt/pkgcache.bin", "var/cache/apt/srcpkgcache.bin"],
      ...["var/cache/apt/archives/a.deb", "var/cache/apt/archives/partial/b.deb"],
      ...["var/lib/apt/lists/deb.example_Packages", "var/lib/apt/lists/auxfiles/x"],
      ...["var/cache/dnf/x/repodata/a", "var/cache/yum/a", "var/cache/libdnf5/a/b"],
      ...["var/cache/zypp/raw/a", "var/cache/apk/APKINDEX.tar.gz", "var/cache/ldconfig/aux-cache"],
    ],
    stays: [
      "etc/ld.so.cache",
      "var/cache/debconf/config.dat",
      "var/lib/dpkg/status",
      "var/lib/dnf/history.sqlite",
    ],
  },
  "random-seed": {
    gone: ["var/lib/systemd/random-seed", "var/lib/systemd/credential.secret"],
    stays: ["var/lib/systemd/timers/x"],
  },
  "dhcp-leases": {
    gone: [
      ...["var/lib/dhcp/dhclient.eth0.leases", "var/lib/dhclient/dhclient-1--eth0.lease"],
      ...["var/lib/NetworkManager/internal-1-eth0.lease", "var/lib/NetworkManager/secret_key"],
    ],
    stays: ["var/lib/NetworkManager/NetworkManager.state"],
  },
  "temporary-files": { gone: ["tmp/a", "tmp/.X11-unix/X0", "var/tmp/b/c"], stays: ["var/a"] },
  "network-rules": {
    gone: ["etc/udev/rules.d/70-persistent-net.rules"],
    stays: ["etc/udev/rules.d/99-mine.rules"],
  },
  "core-dumps": {
    gone: ["var/crash/x.crash", "var/lib/systemd/coredump/core.sh.zst", "core.123"],
    stays: ["corefile"],
  },
};

describe("what is of one machine", () => {
  test.each(Object.entries(kinds))("%s: goes, and what lies beside it stays", async (_, kind) => {
    const all = [...kind.gone, ...kind.stays];
    await using image = await openImage(Object.fromEntries(all.map((path) => [path, "text"])));
    await image.after();
    const paths = await image.paths();
    expect(all.filter((path) => paths.includes(path))).toEqual(kind.stays);
    // and again: nothing is there to be found
    await image.after();
    expect(await image.paths()).toEqual(paths);
  });

  test.each(Object.entries(kinds))("%s: stays when it is kept", async (item, kind) => {
    await using image = await openImage(
      Object.fromEntries(kind.gone.map((path) => [path, "text"])),
    );
    await image.before([item as HygieneItem]);
    await image.after([item as HygieneItem]);
    expect(await image.paths()).toEqual(expect.arrayContaining(kind.gone));
    expect(image.said).toContain(`${item}: kept, as the recipe says`);
  });

  test("each item has a sentence", () => {
    for (const item of HygieneItem.options) expect(hygieneSentences[item]).toMatch(/^.{20,}\.$/);
  });
});

describe("the machine-id", () => {
  const id = "0123456789abcdef0123456789abcdef\n";

  test.each(["a file", "missing", "a link out", "a fifo"])("%s: is an empty file", async (was) => {
    const kinds: Record<string, Leaf | undefined> = {
      ...{ "a file": id, "a fifo": fifo, "a link out": { link: "/../../outside/file" } },
    };
    const leaf = kinds[was];
    await using image = await openImage(leaf === undefined ? {} : { "etc/machine-id": leaf });
    await image.after();
    expect((await lstat(join(image.root, "etc/machine-id"))).isFile()).toBe(true);
    expect(await image.text("etc/machine-id")).toBe("");
  });

  test("dbus' copy goes, its link to the machine-id stays", async () => {
    const copy = "var/lib/dbus/machine-id";
    await using image = await openImage({ [copy]: id });
    await image.after();
    expect(await image.paths()).not.toContain(copy);
    await using linked = await openImage({ [copy]: { link: "/etc/machine-id" } });
    await linked.after();
    expect(await linked.paths()).toContain(copy);
  });

  test("with OpenRC it is missing, since dbus there does not start with an empty one", async () => {
    await using image = await openImage({ "etc/machine-id": id, "sbin/openrc": "" });
    await image.after();
    expect(await image.paths()).not.toContain("etc/machine-id");
  });
});

describe("logs", () => {
  test("are empty, with their owners and folders; rotated ones and journals are gone", async () => {
    await using image = await openImage({
      ...{ "var/log/syslog": "x", "var/log/apt/history.log": "x", "var/log/nginx/access.log": "x" },
      ...{ "var/log/syslog.1": "x", "var/log/syslog.2.gz": "x", "var/log/dnf.log-20250105": "x" },
      ...{ "var/log/journal/0123/system.journal": "x", "var/log/private": folder },
      ...{ "var/log/README": { link: "../../usr/share/doc/README.logs" }, "var/log/pipe": fifo },
    });
    const log = join(image.root, "var/log/nginx/access.log");
    await chown(log, 33, 4);
    await chmod(log, 0o640);
    await chown(join(image.root, "var/log/nginx"), 33, 4);
    await image.after();
    expect((await image.paths()).filter((path) => path.startsWith("var/log/"))).toEqual([
      ...[
        "var/log/",
        "var/log/README",
        "var/log/apt/",
        "var/log/apt/history.log",
        "var/log/journal/",
      ],
      ...["var/log/nginx/", "var/log/nginx/access.log", "var/log/private/", "var/log/syslog"],
    ]);
    expect(await image.text("var/log/syslog")).toBe("");
    expect(await lstat(log)).toMatchObject({ uid: 33, gid: 4, size: 0, mode: 0o100640 });
    expect(await lstat(join(image.root, "var/log/nginx"))).toMatchObject({ uid: 33, gid: 4 });
  });

  test("a log that is another file's second name goes, and the file is as it was", async () => {
    await using image = await openImage({ "var/log": folder });
    await link(join(image.root, "etc/passwd"), join(image.root, "var/log/x.log"));
    await link(join(image.outside, "file"), join(image.root, "var/log/y.log"));
    await image.after();
    expect(await image.text("etc/passwd")).toBe(passwd);
    expect((await image.paths()).filter((path) => path.startsWith("var/log/"))).toEqual([
      "var/log/",
    ]);
  });

  test("that are immutable or append-only go all the same", async () => {
    await using image = await openImage({ "var/log/a.log": "x", "tmp/file": "x" });
    const fixed = [join(image.root, "var/log/a.log"), join(image.root, "tmp/file")];
    await run("chattr", ["+a", fixed[0] ?? ""]);
    await run("chattr", ["+i", fixed[1] ?? ""]);
    try {
      await image.after();
      expect(await image.text("var/log/a.log")).toBe("");
      expect(await image.paths()).not.toContain("tmp/file");
    } finally {
      await run("chattr", ["-R", "-f", "-i", "-a", image.root]).catch(() => undefined);
    }
  });
});

describe("authorized keys", () => {
  test("go before the steps, those of steps stay", async () => {
    const [root, bird] = ["root/.ssh/authorized_keys", "home/bird/.ssh/authorized_keys"];
    await using image = await openImage({ [root]: "a", [bird]: "b", "home/bird/.ssh/config": "c" });
    await image.before();
    expect(await image.paths()).not.toContain(root);
    expect(await image.paths()).not.toContain(bird);
    await writeFile(join(image.root, bird), "the step's");
    await image.after();
    expect(await image.text(bird)).toBe("the step's");
    expect(await image.text("home/bird/.ssh/config")).toBe("c");
  });

  test("are found where sshd's own configuration says", async () => {
    await using image = await openImage({
      "etc/ssh/sshd_config": "Include x\n  authorizedkeysfile .ssh/mine /etc/keys/%u %h/%%k[1]\n",
      "etc/ssh/sshd_config.d/50-x.conf": 'AuthorizedKeysFile="/srv/keys/%u.pub" # comment\n',
      ...{ "home/bird/.ssh/mine": "a", "etc/keys/bird": "b", "etc/keys/other": "c" },
      ...{ "srv/keys/root.pub": "d", "home/bird/%k[1]": "e", "home/bird/%k1": "f" },
    });
    await image.before();
    const left = (await image.paths()).filter((path) => /keys\/.|bird\/.*[^/]$/.test(path));
    expect(left).toEqual(["etc/keys/other", "home/bird/%k1"]);
  });
});

describe("an image with sshd", () => {
  const unit = "etc/systemd/system/ovenbird-ssh-host-keys.service";
  const system = "usr/lib/systemd/system";
  const daemon = { "usr/sbin/sshd": "", "usr/bin/ssh-keygen": "", "etc/ssh/ssh_host_rsa_key": "" };
  const ssh = { ...daemon, [`${system}/ssh.service`]: "[Service]\nExecStart=/usr/sbin/sshd -D\n" };
  const fedora = {
    ...daemon,
    [`${system}/sshd.service`]: "[Unit]\nWants=sshd-keygen.target\n",
    [`${system}/sshd-keygen.target`]: "[Unit]\nWants=sshd-keygen@rsa.service\n",
    [`${system}/sshd-keygen@.service`]:
      "[Service]\nExecStart=/usr/libexec/openssh/sshd-keygen %i\n",
  };

  test("and nothing to make keys gets a unit that does so before sshd", async () => {
    await using image = await openImage({ ...ssh, [`${system}/ssh.socket`]: "[Socket]\n" });
    await image.after();
    expect(await image.text(unit)).toContain("ssh-keygen -A");
    expect(await image.text(unit)).toContain("Before=ssh.service ssh.socket shutdown.target");
    const links = (await image.paths()).filter((path) => /wants\/./.test(path));
    expect(links).toEqual([
      "etc/systemd/system/ssh.service.wants/ovenbird-ssh-host-keys.service",
      "etc/systemd/system/ssh.socket.wants/ovenbird-ssh-host-keys.service",
    ]);
    // through the link, as systemd reads it
    expect(await image.text(links[0] ?? "")).toBe(await image.text(unit));
    expect(image.said.join()).toContain("makes sshd's host keys");
    const paths = await image.paths();
    await image.after();
    expect(await image.paths()).toEqual(paths);
  });

  const makers: Record<string, Record<string, Leaf>> = {
    "Fedora's template units": fedora,
    "cloud-init": { ...ssh, [`${system}/cloud-init.service`]: "" },
    "sshd's own unit, as openSUSE's": {
      ...daemon,
      [`${system}/sshd.service`]: "[Service]\nExecStartPre=/usr/sbin/sshd-gen-keys-start\n",
    },
    "a unit that is enabled": {
      ...ssh,
      [`${system}/sshdgenkeys.service`]: "[Service]\nExecStart=/usr/bin/ssh-keygen -A\n",
      "etc/systemd/system/multi-user.target.wants/sshdgenkeys.service": { link: "/x" },
    },
    "no unit of systemd's at all": daemon,
  };
  test.each(Object.entries(makers))("and %s gets none", async (_, leaves) => {
    await using image = await openImage(leaves);
    await image.after();
    expect(await image.paths()).not.toContain(unit);
    expect(await image.paths()).not.toContain("etc/ssh/ssh_host_rsa_key");
  });

  const others: Record<string, Record<string, Leaf>> = {
    "cloud-init that is switched off": {
      ...ssh,
      [`${system}/cloud-init.service`]: "",
      "etc/cloud/cloud-init.disabled": "",
    },
    // systemd counts an empty machine-id as none of a first boot
    "Debian 13's unit for first boots only": {
      ...ssh,
      [`${system}/sshd-keygen.service`]:
        "[Unit]\nConditionFirstBoot=yes\n[Service]\nExecStart=ssh-keygen -A\n",
      "etc/systemd/system/ssh.service.wants/sshd-keygen.service": { link: "/x" },
    },
    "a unit that nothing wants": {
      ...ssh,
      [`${system}/sshdgenkeys.service`]: "[Service]\nExecStart=/usr/bin/ssh-keygen -A\n",
    },
  };
  test.each(Object.entries(others))("and %s gets one", async (_, leaves) => {
    await using image = await openImage(leaves);
    await image.after();
    expect(await image.paths()).toContain(unit);
  });

  test("keeps a key of its own naming, and it is said", async () => {
    await using image = await openImage({
      ...{ ...fedora, "etc/ssh/sshd_config": "HostKey /etc/keys/mine\n", "etc/keys/mine": "" },
    });
    await image.after();
    expect(await image.paths()).toContain("etc/keys/mine");
    expect(image.said.join()).toContain('"/etc/keys/mine"');
  });
});

describe("a hostile image", () => {
  const out = "../../../../../../../../";
  const groups = [
    [
      ...["etc/ssh", "var/log", "var/lib/cloud/data", "var/cache/apt/archives", "var/tmp"],
      ...["var/lib/systemd", "var/lib/dhcp", "tmp", "etc/udev/rules.d", "var/crash"],
      ...["root", "home/bird/.ssh", "etc/systemd/system"],
    ],
    ["var/lib/cloud", "home", "etc/ssh/sshd_config.d"],
    ["var"],
  ];

  test.each(["a link to the host", "a link up to it", "a fifo", "a socket", "a device", "a loop"])(
    "with %s in a folder's place does no harm",
    async (kind) => {
      for (const places of groups) {
        await using image = await openImage();
        const leaves: Record<string, Leaf> = {
          "a link to the host": { link: image.outside },
          "a link up to it": { link: `${out}${image.outside}` },
          ...{ "a fifo": fifo, "a socket": socket, "a loop": { link: "loop" } },
          "a device": { device: "c", numbers: [1, 5] },
        };
        await run("rm", ["-rf", ...places.map((place) => join(image.root, place))]);
        const odd = places.map((place): [string, Leaf] => [place, leaves[kind] ?? ""]);
        await makeTree(image.root, { loop: { link: "loop" }, ...Object.fromEntries(odd) });
        await image.before();
        await image.after().catch(cleanRefusal);
        expect(await image.paths()).toEqual(expect.arrayContaining(places));
      }
    },
  );

  const files = [
    ...["etc/passwd", "etc/ssh/sshd_config", "etc/ssh/sshd_config.d/a.conf", "var/log/syslog"],
    ...["root/.bash_history", "root/.ssh/authorized_keys", "etc/ssh/ssh_host_rsa_key"],
    ...["var/lib/systemd/random-seed", "var/lib/dbus/machine-id", "etc/machine-id", "tmp/x"],
    ...["usr/lib/systemd/system/ssh.service", "var/log/a.1", "etc/cloud/cloud-init.disabled"],
  ];

  test.each(["a link to the host", "a fifo", "a socket", "a disk", "a terminal", "a folder"])(
    "with %s in a file's place does no harm",
    async (kind) => {
      await using image = await openImage();
      const leaves: Record<string, Leaf> = {
        "a link to the host": { link: join(image.outside, "file") },
        ...{ "a fifo": fifo, "a socket": socket, "a folder": folder },
        "a disk": { device: "b", numbers: [7, 250] },
        "a terminal": { device: "c", numbers: [5, 0] },
      };
      await run("rm", ["-rf", join(image.root, "etc/passwd")]);
      const odd = Object.fromEntries(files.map((path) => [path, leaves[kind] ?? ""]));
      await makeTree(image.root, { ...odd, "usr/sbin/sshd": "", "usr/bin/ssh-keygen": "" });
      await image.before();
      await image.after().catch(cleanRefusal);
      expect((await image.paths()).includes("etc/ssh/ssh_host_rsa_key")).toBe(false);
    },
  );

  test("whose accounts live in /etc, above the root or nowhere loses no other file", async () => {
    const homes = [
      "/etc",
      "../..",
      "/../../..",
      "relative",
      "",
      "/loop",
      "/\u0000",
      "/\u001b[2J",
      "*",
    ];
    const lines = homes.map((home, index) => `u${index}:x:1:1::${home}:/bin/sh\n`);
    await using image = await openImage({
      "etc/passwd": lines.join("") + `long:x:1:1::/${"x".repeat(5000)}:/bin/sh\n:\n::::::\n`,
      ...{ loop: { link: "/loop" }, "etc/.bash_history": "x", "etc/fstab": "x" },
      ...{ "etc/.ssh/authorized_keys": "x", ".ssh/authorized_keys": "x" },
    });
    await image.before();
    await image.after();
    const paths = await image.paths();
    expect(paths).toEqual(expect.arrayContaining(["etc/fstab", "etc/passwd"]));
    expect(paths.filter((path) => /history|authorized/.test(path))).toEqual([]);
  });

  test("with names that are no text, drive a terminal or are too deep for a path is cleaned", async () => {
    await using image = await openImage({
      "tmp/a\nb\u001b[31m": "x",
      "tmp/-delete": "x",
      "var/log/--help\n": "x",
      "var/log/a\u001b]0;x\u0007.log": "x",
    });
    const odd = String.raw`cd "$1"; touch "$(printf 'tmp/\377\376')" "$(printf 'var/log/\377.1')"
      for top in tmp var/log; do
        ( cd $top; name=$(printf '%0200d' 0)
          for level in $(seq 40); do mkdir $name; cd -P $name; done; echo x > deep )
      done`;
    await run("bash", ["-c", odd, "bash", image.root]);
    await image.after();
    expect((await image.paths()).filter((path) => path.startsWith("tmp/"))).toEqual(["tmp/"]);
    const logs = (await image.paths()).filter((path) => path.startsWith("var/log/"));
    expect(logs.filter((path) => !path.endsWith("/")).length).toBe(2);
    expect(logs.every((path) => path.split("/").length <= 12)).toBe(true);
    expect(await image.text("var/log/--help\n")).toBe("");
  });

  test("with a folder of very many files is cleaned, and quickly", async () => {
    await using image = await openImage({ tmp: folder, "var/log": folder });
    const many =
      'cd "$1"; seq -f "tmp/%.0f" 20000 | xargs touch; seq -f "var/log/%.0f.log" 20000 | xargs touch';
    await run("bash", ["-c", many, "bash", image.root]);
    await image.after();
    expect((await image.paths()).filter((path) => path.startsWith("tmp/"))).toEqual(["tmp/"]);
  });

  test("with a passwd or configuration without end is refused", async () => {
    for (const path of ["etc/passwd", "etc/ssh/sshd_config"]) {
      await using image = await openImage();
      await makeTree(image.root, { [path]: "" });
      await run("truncate", ["-s", "100G", join(image.root, path)]);
      await expect(image.before()).rejects.toMatchObject({ name: "UnusablePath" });
    }
  });

  test("with a configuration made to take a regular expression's time takes none", async () => {
    const text = `${"\n \t".repeat(200_000)}\nAuthorizedKeysFile${" ".repeat(200_000)}x${" #".repeat(100)}`;
    await using image = await openImage({ "etc/ssh/sshd_config": text });
    const started = process.cpuUsage();
    await image.before();
    expect(process.cpuUsage(started).user).toBeLessThan(5e6);
  });

  test("with very many accounts takes no longer than its bytes are worth", async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `u${index}:x:1:1::/root:/bin/sh`);
    await using image = await openImage({
      "etc/passwd": lines.join("\n"),
      "etc/ssh/sshd_config": "AuthorizedKeysFile /root/%u.pub\n",
      "root/u777.pub": "",
    });
    await image.before();
    expect(await image.paths()).not.toContain("root/u777.pub");
  });
});

/** An image may be refused, by a sentence and under a name that operators know. */
const cleanRefusal = (error: unknown): void => {
  expect((error as Error).name).toBe("UnusablePath");
};
