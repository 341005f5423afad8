import { describe, expect, test } from "vitest";
import { recipe, resolve, toldOf } from "./sample.ts";

const steps = (...lines: string[]) => recipe("configure:", ...lines.map((line) => `  - ${line}`));

const KEYS =
  "name, description, origin, architecture, root_volume_size, file_system, region, instance_size, subnet, security_group, aws, parameters, assets, configure, host, hygiene, tests, tags and policy";
const ORIGIN =
  "write scratch, the id of an image, or a map, as in {recipe: debian-base} or {parameter: /aws/service/…}";
const NAME = 'a name is 1 to 27 lower-case letters, digits and single hyphens, as in "web-server"';
const PACKAGE = 'a package is named as apt names it, as in "nginx" or "nginx=1.26.3-3"';
const IN_IMAGE = 'a path in the image begins with "/" and has no "..", as in "/etc/motd"';
const IN_FOLDER =
  'a path in the recipe\'s own folder has no leading "/" and no "..", as in "files/motd"';
const MODE = 'write three or four octal digits in quotes, as in mode: "0644"';
const DURATION = "a duration is from 1s to 12h, as in 90s, 10m or 2h; a plain number is seconds";

const image: [text: string, line: string][] = [
  ["image: { name: ../../etc, origin: scratch }", `1:16: name cannot be "../../etc"; ${NAME}`],
  ["image: { name: a--b, origin: scratch }", `1:16: name cannot be "a--b"; ${NAME}`],
  ["image: { name: 7, origin: scratch }", `1:16: name is 7, a number; ${NAME}`],
  ["image: { name: , origin: scratch }", `1:10: name has no value; ${NAME}`],
  ["image: { name: 'a${B}', origin: scratch }", `1:16: name cannot be "a\${B}"; ${NAME}`],
  ["image: { origin: scratch }", `1:1: name is missing; ${NAME}`],
  [
    "images: {}",
    "1:1: image is missing; write a map with the keys " +
      KEYS +
      '\nweb.yaml:1:1: unknown key "images"; did you mean "image"?',
  ],
  ["image: { name: a }", `1:1: origin is missing; ${ORIGIN}`],
  ["image: { name: a, origin: ami-1 }", `1:27: origin cannot be "ami-1"; ${ORIGIN}`],
  [recipe("nmae: web"), '4:3: unknown key "nmae"; did you mean "name"?'],
  [recipe("Tests: []"), '4:3: unknown key "Tests"; did you mean "tests"?'],
  [recipe("zone: eu-west-1a"), `4:3: unknown key "zone"; the keys here are ${KEYS}`],
  [
    recipe("description: [a]"),
    "4:16: description is a list; a description is text of at most 255 characters",
  ],
  [
    recipe(`description: ${"a".repeat(256)}`),
    "4:16: description is 256 characters long; a description is text of at most 255 characters",
  ],
  [recipe("architecture: amd64"), '4:17: architecture cannot be "amd64"; it is x86_64 or arm64'],
  [
    recipe("root_volume_size: 0"),
    "4:21: root_volume_size is 0; a size is a whole number of GiB from 1 to 65536",
  ],
  [
    recipe("root_volume_size: 1.5"),
    "4:21: root_volume_size is 1.5, a number; a size is a whole number of GiB from 1 to 65536",
  ],
  [
    recipe("root_volume_size: 8GB"),
    '4:21: root_volume_size is "8GB", text; a size is a whole number of GiB from 1 to 65536',
  ],
  [recipe("file_system: fat"), '4:16: file_system cannot be "fat"; it is ext4, xfs or btrfs'],
  [recipe("tests: ls"), '4:10: tests is "ls", text; list commands, as in ["curl -f localhost"]'],
  [
    recipe("tests: [5]"),
    "4:11: tests entry 1 is 5, a number; write a command, or a map with name and command",
  ],
  [recipe("tests: ['']"), '4:11: tests entry 1 is ""; a test is a command, not empty'],
  [recipe("tests: [{ name: a }]"), "4:11: command is missing; a test is a command, not empty"],
  [
    recipe("tags: { 'aws:a': b }"),
    '4:11: "aws:a" cannot be a key of tags; a tag\'s key is 1 to 128 characters, and those that begin with "aws:" or "ovenbird:" are reserved',
  ],
  [
    recipe("tags: { A: 5 }"),
    "4:14: A is 5, a number; a tag's value is text of at most 256 characters",
  ],
  [
    recipe(`tags: { ${Array.from({ length: 45 }, (_, i) => `a${i}: b`).join(", ")} }`),
    "4:9: 45 tags are given; give at most 41: EC2 takes 50, and the bake adds 9 of its own",
  ],
  [
    recipe("configure: nginx"),
    '4:14: configure is "nginx", text; write a step such as {packages: [nginx]}, or a list of them',
  ],
  [
    "image: { name: a, origin: scratch, assets: { app: { url: 'https://a/b' } } }",
    "1:53: an asset from a URL needs its checksum; add checksum: sha256:…, as sha256sum prints it",
  ],
  [
    `image: { name: a, origin: scratch, assets: { app: { url: 'ftp://a/b', checksum: 'sha256:${"0".repeat(64)}' } } }`,
    `1:58: url cannot be "ftp://a/b"; an asset's URL is one of https or http, as in "https://example.org/app-1.2.tar.gz"`,
  ],
  [
    "image: { name: a, origin: scratch, assets: { app: { source: x } }, configure: { files: [{ path: /x, asset: ap }] } }",
    "1:108: no asset ap is declared; did you mean app?",
  ],
  [
    "image: { name: a, origin: { recipe: a } }",
    "1:37: the image starts from itself, a; name another recipe",
  ],
  [
    "image: { name: a, origin: { recipe: b, image: img-0123456789abcdef0 } }",
    "1:40: recipe and image are both given; keep one of them",
  ],
  [
    "image: { name: a, origin: { image: ami-0123 } }",
    '1:36: image cannot be "ami-0123"; an image\'s id is ami- and 8 or 17 hexadecimal digits, or img- and 17, as `ovenbird images` lists them',
  ],
  [
    "image: { name: a, origin: { file: disk.tar } }",
    '1:35: file cannot be "disk.tar"; a stock disk is a file whose name ends in .raw, .img, .qcow2, .vmdk or .vhd',
  ],
  [
    "image: { name: a, origin: { file: a.raw, digest: 'sha1:1' } }",
    '1:50: digest cannot be "sha1:1"; a digest is sha256: and 64 hexadecimal digits, as sha256sum prints them',
  ],
  [
    `image: { name: a, origin: { recipe: b, digest: 'sha256:${"0".repeat(64)}' } }`,
    "1:40: only a file has a digest here; leave digest out: an image of the catalogue is known by its id",
  ],
  [
    "image: { name: a, origin: { recipe: b }, file_system: ext4 }",
    "1:42: the file system is the origin's, and stays it; leave file_system out",
  ],
  [
    "image: { name: a, origin: { scratch: { distribution: fedora } } }",
    '1:54: distribution cannot be "fedora"; it is debian or ubuntu',
  ],
  [
    "image: { name: a, origin: { scratch: { packages: [--download-only] } } }",
    `1:51: packages entry 1 cannot be "--download-only"; ${PACKAGE}`,
  ],
  [
    "image: { name: a, origin: { scratch: { mirror: /srv } } }",
    '1:48: mirror cannot be "/srv"; a mirror is an http, https or file URL, as in "https://deb.debian.org/debian"',
  ],
];

const step: [text: string, line: string][] = [
  [
    "{}",
    "5:7: shell, packages, files, services, users, ansible or tool is missing; give exactly one of them",
  ],
  [
    "{ name: a }",
    "5:7: shell, packages, files, services, users, ansible or tool is missing; give exactly one of them",
  ],
  ["{ shel: ls }", '5:9: unknown key "shel"; did you mean "shell"?'],
  [
    "{ puppet: x }",
    '5:9: unknown key "puppet"; the keys here are name, when, timeout, shell, packages, files, services, users, ansible, tool, code_repo and server_role',
  ],
  ["{ shell: ls, packages: [a] }", "5:20: shell and packages are both given; keep one of them"],
  ["{ shell: ls, timeout: 13h }", `5:29: timeout cannot be "13h"; ${DURATION}`],
  ["{ shell: ls, timeout: 0 }", `5:29: timeout is 0; ${DURATION}`],
  [
    "{ shell: [ls] }",
    "5:16: shell is a list; write commands as text, or a map with inline or script",
  ],
  ["{ shell: {} }", "5:16: inline or script is missing; give exactly one of them"],
  [
    "{ shell: { inline: ls, script: a } }",
    "5:30: inline and script are both given; keep one of them",
  ],
  ["{ shell: { script: ../a } }", `5:26: script cannot be "../a"; ${IN_FOLDER}`],
  ["{ shell: { script: /a } }", `5:26: script cannot be "/a"; ${IN_FOLDER}`],
  [
    "{ shell: { inline: ls, environment: { A-B: a } } }",
    '5:45: "A-B" cannot be a key of environment; a variable\'s name is letters, digits and underscores, as in "LC_ALL"',
  ],
  [
    "{ shell: { inline: ls, environment: { A: 1 } } }",
    "5:48: A is 1, a number; write it in quotes",
  ],
  [
    "{ shell: { inline: ls, allowed_exit_codes: [256] } }",
    "5:51: allowed_exit_codes entry 1 is 256; an exit code is from 0 to 255",
  ],
  ["{ packages: [-y] }", `5:20: packages entry 1 cannot be "-y"; ${PACKAGE}`],
  [
    "{ packages: nginx }",
    '5:19: packages is "nginx", text; list packages, as in ["nginx"], or write a map with install, remove or upgrade',
  ],
  ["{ packages: [] }", "5:19: packages is an empty list; list at least one package"],
  [
    "{ packages: { install: [] } }",
    "5:19: this changes nothing; give at least one of install, remove or upgrade",
  ],
  [
    "{ files: { path: /a } }",
    "5:16: files is a map; list files, each with path and content, source or asset, as in [{path: /etc/motd, content: hello}]",
  ],
  [
    "{ files: [{ path: /a, content: a, source: b }] }",
    "5:41: content and source are both given; keep one of them",
  ],
  [
    "{ files: [{ path: /a }] }",
    "5:17: content, source or asset is missing; give exactly one of them",
  ],
  ["{ files: [{ content: a }] }", `5:17: path is missing; ${IN_IMAGE}`],
  ["{ files: [{ path: /a/../b, content: a }] }", `5:25: path cannot be "/a/../b"; ${IN_IMAGE}`],
  ["{ files: [{ path: a, content: a }] }", `5:25: path cannot be "a"; ${IN_IMAGE}`],
  ["{ files: [{ path: /a, content: a, mode: 0644 }] }", `5:47: mode is 644, a number; ${MODE}`],
  ["{ files: [{ path: /a, content: a, mode: u+x }] }", `5:47: mode cannot be "u+x"; ${MODE}`],
  [
    "{ files: [{ path: /a, content: a, owner: 0 }] }",
    '5:48: owner is 0, a number; write a name, or a number in quotes, as in "www-data" or "33"',
  ],
  [
    "{ files: [{ path: /a, content: a, template: true }] }",
    "5:51: template is for a source; leave template out: ${NAME} is filled in content anyway",
  ],
  [
    "{ services: { enable: nginx } }",
    '5:29: enable is "nginx", text; list services, as in ["nginx"]',
  ],
  ["{ services: {} }", "5:19: this changes nothing; give at least one of enable, disable or mask"],
  [
    "{ users: [{ name: Root }] }",
    '5:25: name cannot be "Root"; a name is 1 to 32 lower-case letters, digits, "_" and "-", as in "deploy"',
  ],
  [
    "{ users: [{ name: a, comment: 'a:b' }] }",
    '5:37: comment cannot be "a:b"; a comment is one line without ":", as in "Deployment robot"',
  ],
  [
    '{ users: [{ name: a, ssh_authorized_keys: ["a\\nb"] }] }',
    '5:50: ssh_authorized_keys entry 1 cannot be "a\\nb"; write one public key on one line, as in "ssh-ed25519 AAAA… name"',
  ],
];

describe("what is wrong in a recipe is told with its place and what would be right:", () => {
  test.each(image)("%s", (text, line) => expect(toldOf(text)).toBe(`web.yaml:${line}`));
  test.each(step)("the step %s", (text, line) =>
    expect(toldOf(steps(text))).toBe(`web.yaml:${line}`),
  );
});

test("all that is wrong is told at once, in the order of the file", () => {
  const text = steps(
    "{ shel: ls }",
    "{ files: [{ path: a, mode: 644 }] }",
    "{ shell: ls, timeout: 1d }",
  );
  const places = toldOf(text.replace("name: web", "name: WEB")).matchAll(/^web.yaml:(\d+:\d+)/gm);
  expect(Array.from(places, ([, place]) => place)).toEqual([
    "2:9",
    "5:9",
    "6:17",
    "6:25",
    "6:34",
    "7:29",
  ]);
});

test("no message leaves the words to zod", () => {
  const all = [...image.map(([text]) => text), ...step.map(([text]) => steps(text))].map((text) =>
    toldOf(text),
  );
  expect(all.join("\n")).not.toMatch(/Invalid|expected|received|undefined|NaN|\[object/);
});

test.each(["PATH", "HOME", "IFS", "BASH_ENV", "LD_PRELOAD", "PYTHONPATH"])(
  "a parameter %s is refused, because programs of steps would be told by it what to do",
  (name) => {
    expect(() => resolve(recipe(`parameters: { ${name}: { default: a } }`))).toThrow(
      `web.yaml:4:17: "${name}" cannot be a key of parameters; steps have parameters as environment`,
    );
  },
);

test.each(["APP_PATH", "PATHS", "PYTHON_VERSION", "LDAP_URL", "NODE_VERSION", "LANG"])(
  "a parameter %s is taken",
  (name) => {
    const { parameters } = resolve(recipe(`parameters: { ${name}: { default: a } }`));
    expect(parameters).toEqual({ [name]: "a" });
  },
);
