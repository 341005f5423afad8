import { describe, expect, test } from "vitest";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { hostUses } from "../../../core/recipe/host-uses.ts";
import { recipe, resolve, toldOf } from "./sample.ts";

const host = (line: string) => recipe(`host: { ${line} }`);
const PATH = 'a path of the builder begins with "/" and has no ".."';
const BESIDE = `${PATH}; a file beside the recipe is put there by a files step`;
const FOLDER = `${PATH}; a folder beside the recipe is an asset`;
const SIZE = "a size is a whole number of MiB or GiB, as in 512M or 2G";

const wrong: [line: string, told: string][] = [
  [
    "",
    "4:9: this changes nothing; give at least one of copy_files, mounts, before_mount or after_mount",
  ],
  [
    "copy: [/a]",
    '4:11: unknown key "copy"; the keys here are copy_files, mounts, before_mount and after_mount',
  ],
  [
    "copy_files: []",
    '4:23: copy_files is an empty list; list files of the builder, as in ["/etc/ssl/certs/site.pem"]',
  ],
  ["copy_files: [files/motd]", `4:24: copy_files entry 1 cannot be "files/motd"; ${BESIDE}`],
  ["copy_files: [{ from: ./motd, to: /etc/motd }]", `4:32: from cannot be "./motd"; ${BESIDE}`],
  [
    "copy_files: [/srv/../etc/shadow]",
    `4:24: copy_files entry 1 cannot be "/srv/../etc/shadow"; ${BESIDE}`,
  ],
  [
    "copy_files: [{ from: /a, to: b }]",
    '4:40: to cannot be "b"; a path in the image begins with "/" and has no "..", as in "/etc/motd"',
  ],
  [
    "copy_files: [/etc/resolv.conf]",
    "4:24: the bake puts /etc/resolv.conf into the image itself; leave it out: steps have a resolver, which asks the builder's",
  ],
  [
    "copy_files: [{ from: /a, to: //etc/resolv.conf }]",
    "4:40: the bake puts /etc/resolv.conf into the image itself; leave it out: steps have a resolver, which asks the builder's",
  ],
  ["copy_files: [/a, { from: /b, to: /a/ }]", "4:44: two files are copied to /a; keep one of them"],
  ["mounts: [{ path: /mnt }]", "4:20: bind or tmpfs is missing; give exactly one of them"],
  [
    "mounts: [{ path: /mnt, bind: /a, tmpfs: 1G }]",
    "4:44: bind and tmpfs are both given; keep one of them",
  ],
  ["mounts: [{ path: /mnt, bind: packages }]", `4:40: bind cannot be "packages"; ${FOLDER}`],
  ["mounts: [{ path: /mnt, tmpfs: 1T }]", `4:41: tmpfs cannot be "1T"; ${SIZE}`],
  ["mounts: [{ path: /mnt, tmpfs: 0M }]", `4:41: tmpfs cannot be "0M"; ${SIZE}`],
  ["mounts: [{ path: /mnt, tmpfs: '1M,dev' }]", `4:41: tmpfs cannot be "1M,dev"; ${SIZE}`],
  [
    "mounts: [{ path: /mnt, tmpfs: 1G, writable: true }]",
    "4:45: writable is for a bind; leave writable out",
  ],
  [
    "mounts: [{ path: /, tmpfs: 1G }]",
    "4:28: nothing can be mounted on /: / is the image's own; name another folder, as in /mnt/x",
  ],
  [
    "mounts: [{ path: /etc/, tmpfs: 1G }]",
    "4:28: nothing can be mounted on /etc/: /etc is the image's own; name another folder, as in /mnt/x",
  ],
  [
    "mounts: [{ path: /dev/shm, tmpfs: 1G }]",
    "4:28: nothing can be mounted on /dev/shm: the sandbox has its own /dev; name another folder, as in /mnt/x",
  ],
  [
    "mounts: [{ path: /mnt, bind: /proc }]",
    "4:40: /proc is of the builder's kernel; steps have a /proc, /sys and /dev already",
  ],
  [
    "before_mount: date",
    '4:25: before_mount is "date", text; list commands, as in ["modprobe nbd"]',
  ],
  [
    "after_mount: ['']",
    '4:25: after_mount entry 1 is ""; a command is text for /bin/sh, not empty',
  ],
  [
    "after_mount: [{ name: a }]",
    "4:25: command is missing; a command is text for /bin/sh, not empty",
  ],
  [
    "after_mount: [{ command: a, timeout: 1d }]",
    '4:48: timeout cannot be "1d"; a duration is from 1s to 12h, as in 90s, 10m or 2h; a plain number is seconds',
  ],
];

describe("what a recipe asks of its builder", () => {
  test.each(wrong)("host: { %s } is refused", (line, says) => {
    expect(toldOf(host(line))).toBe(`web.yaml:${says}`);
  });

  test("may use parameters, but for commands, which have them as variables", () => {
    const lines = ["parameters: { A: { default: x } }"];
    const texts = "copy_files: ['/srv/${A}'], before_mount: ['echo ${A} ${HOME}']";
    const resolved = resolve(recipe(...lines, `host: { ${texts} }`)).host;
    expect(resolved?.copyFiles).toEqual([{ from: "/srv/x", to: "/srv/x" }]);
    expect(resolved?.beforeMount).toMatchObject([{ command: "echo ${A} ${HOME}" }]);
    const unknown = recipe(...lines, "host: { copy_files: ['/srv/${B}'] }");
    expect(toldOf(unknown)).toContain("web.yaml:5:30: no parameter B is declared");
  });

  test("is held to the rules once its parameters are filled in", () => {
    const lines = [
      "parameters: { A: { default: / } }",
      "host: { mounts: [{ path: '${A}', tmpfs: 1G }] }",
    ];
    expect(toldOf(recipe(...lines))).toContain("web.yaml:5:28: nothing can be mounted on /");
  });

  test("has distinct names of commands, by which progress tells them apart", () => {
    const { afterMount } =
      resolve(host("after_mount: [date, { command: date }, 'true']")).host ?? {};
    expect(afterMount?.map(({ name }) => name)).toEqual(["date", "date (2)", "true"]);
  });

  test("has names of commands that drive no terminal, from tests as well", () => {
    const command = String.raw`"echo \e[31m\tred\necho more"`;
    const { host, tests } = resolve(
      recipe(`host: { after_mount: [${command}] }`, `tests: [${command}]`),
    );
    expect(host?.afterMount.map(({ name }) => name)).toEqual(["echo  [31m red"]);
    expect(tests.map(({ name }) => name)).toEqual(["echo  [31m red"]);
  });

  test("is not there when it asks nothing, so that nothing of it is in the recipe's hash", () => {
    expect(Object.keys(resolve(recipe()))).not.toContain("host");
  });

  test("is told of by key, and its paths by entry, each at its place", () => {
    const text = recipe(
      "host:",
      "  copy_files: [/a, { from: /b, to: /c }]",
      "  mounts:",
      "    - { path: /mnt, tmpfs: 1G }",
      "    - { path: /mnt/x, bind: /d }",
      "  after_mount: [date]",
    );
    const parsed = parseRecipe(text, "web.yaml");
    const { keys, paths } = hostUses(parsed, resolveRecipe(parsed, { set: {}, environment: {} }));
    expect(keys.map(({ line, column, message }) => [line, column, message])).toEqual([
      [5, 5, "host.copy_files copies files of the builder into the image while steps run"],
      [6, 5, "host.mounts mounts folders or memory of the builder while steps run"],
      [9, 5, "host.after_mount runs commands on the builder as root"],
    ]);
    const places = paths.map(({ path, kind, problem }) => {
      const { line, column } = problem("", "");
      return [path, kind, line, column];
    });
    expect(places).toEqual([
      ["/a", "file", 5, 18],
      ["/b", "file", 5, 30],
      ["/d", "folder", 8, 31],
    ]);
  });
});
