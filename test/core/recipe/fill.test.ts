import { describe, expect, test } from "vitest";
import { fillTemplate } from "../../../core/recipe/fill.ts";
import { recipe, resolve, told, toldOf } from "./sample.ts";

const PARAMETERS =
  "parameters: { APP: { default: shop }, SIZE: { type: number, default: 12 }, UP: { type: boolean, default: true }, TOKEN: { type: secret } }";
const filled = (...lines: string[]) => recipe(PARAMETERS, ...lines);

describe("${NAME}", () => {
  test("is filled in texts, and $${NAME} is the text itself", () => {
    const text = filled(
      'description: "${APP} ${APP}, $${APP}, $$${SIZE}, $APP"',
      "tags: { A: 'x${SIZE}' }",
    );
    expect(resolve(text)).toMatchObject({
      description: "shop shop, ${APP}, $${SIZE}, $APP",
      tags: { A: "x12" },
    });
  });

  test("is left to the shell in its commands and in tests", () => {
    const { steps, tests } = resolve(
      filled(
        "configure: [shell: 'echo ${HOME}', shell: { inline: ['${A}'], environment: { B: '${APP}' } }]",
        "tests: ['echo ${X}', { name: '${APP}', command: '${Y}' }]",
      ),
    );
    expect(steps).toMatchObject([
      { inline: "echo ${HOME}" },
      { inline: "${A}", environment: { B: "shop" } },
    ]);
    expect(tests).toMatchObject([{ command: "echo ${X}" }, { name: "shop", command: "${Y}" }]);
  });

  test("can be a number, true or false where one is wanted", () => {
    const { rootVolumeSize, steps } = resolve(
      filled("root_volume_size: ${SIZE}", "configure: { packages: { upgrade: '${UP}' } }"),
    );
    expect(rootVolumeSize).toBe(12);
    expect(steps).toMatchObject([{ upgrade: true }]);
  });

  test("can be part of a name, path, choice or duration", () => {
    const text = recipe(
      "parameters: { A: { default: ext4 }, B: { default: '5m' }, C: { default: scratch } }",
      "file_system: ${A}",
      "configure: { packages: ['lib${A}'], timeout: '${B}' }",
    ).replace("origin: scratch", "origin: ${C}");
    expect(resolve(text)).toMatchObject({
      origin: { kind: "scratch", fileSystem: "ext4" },
      steps: [{ install: ["libext4"], timeout: 300 }],
    });
  });
});

const wrong: [lines: string[], line: string][] = [
  [
    ["description: x ${AP}"],
    "5:18: no parameter AP is declared; perhaps ${APP}, or for the text itself write $${AP}",
  ],
  [
    ["description: ${OTHER}"],
    "5:16: no parameter OTHER is declared; declare it under parameters, or for the text itself write $${OTHER}",
  ],
  [
    ["description: ${constructor}"],
    "5:16: no parameter constructor is declared; declare it under parameters, or for the text itself write $${constructor}",
  ],
  [
    ["description: '${A:-b}'"],
    "5:17: ${A:-b} is not a parameter; write ${NAME} with a parameter's name, or for the text itself write $${A:-b}",
  ],
  [
    ["description: a ${A"],
    "5:18: ${A is not a parameter; write ${NAME} with a parameter's name, or for the text itself write $${A",
  ],
  [
    ["description: ${TOKEN}"],
    "5:16: ${TOKEN} is a secret, which is written into nothing; shell and ansible steps read it at /run/secrets/TOKEN",
  ],
  [
    [
      "configure:",
      "  files:",
      "    - path: /a",
      "      content: |",
      "        one ${APP}",
      "",
      "        two ${APP} ${NOPE}",
    ],
    "11:22: no parameter NOPE is declared; declare it under parameters, or for the text itself write $${NOPE}",
  ],
  [
    ["configure: { shell: ls, when: { APP: stall }, name: '${NOPE}' }"],
    "5:56: no parameter NOPE is declared; declare it under parameters, or for the text itself write $${NOPE}",
  ],
  [
    ["root_volume_size: ${APP}"],
    '5:21: root_volume_size is "shop", text, which comes of "${APP}"; a size is a whole number of GiB from 1 to 65536',
  ],
  [
    ["architecture: ${APP}"],
    '5:17: architecture cannot be "shop", which comes of "${APP}"; it is x86_64 or arm64',
  ],
  [
    ["configure: [{ shell: ls, when: { APP: x } }, { files: [{ path: '${APP}/a', content: a }] }]"],
    '5:66: path cannot be "shop/a", which comes of "${APP}/a"; a path in the image begins with "/" and has no "..", as in "/etc/motd"',
  ],
  [
    ["configure: { packages: ['${APP}!'] }"],
    '5:27: packages entry 1 cannot be "shop!", which comes of "${APP}!"; a package is named as apt names it, as in "nginx" or "nginx=1.26.3-3"',
  ],
  [
    ["configure: ${APP}"],
    '5:14: configure is "${APP}", text; write a step such as {packages: [nginx]}, or a list of them',
  ],
];

describe("what is wrong with a ${NAME} is told with its place and what would be right:", () => {
  test.each(wrong)("%j", (lines, line) =>
    expect(toldOf(filled(...lines))).toBe(`web.yaml:${line}`),
  );

  test("a value cannot leave the folders it is put in", () => {
    const text = filled("configure: { files: [{ path: /a, source: 'files/${APP}' }] }");
    expect(toldOf(text, { APP: "../../etc/shadow" })).toMatch(
      /^web.yaml:5:44: source cannot be "files\/..\/..\/etc\/shadow", which comes of /,
    );
  });

  test("a value is not filled in again", () => {
    expect(resolve(filled("description: ${APP}"), { APP: "${SIZE}" }).description).toBe("${SIZE}");
  });
});

describe("a template", () => {
  test("is filled in by the same rules", () => {
    expect(fillTemplate("a=${A}\n$${B}\n", { A: "$&1" }, [], "a.conf")).toBe("a=$&1\n${B}\n");
  });

  test("is told what is wrong at its own lines", () => {
    const text = "one\ntwo ${APP} ${AP}\n${TOKEN}\n";
    expect(told(() => fillTemplate(text, { APP: "x" }, ["TOKEN"], "files/a.conf"))).toBe(
      [
        "files/a.conf:2:12: no parameter AP is declared; perhaps ${APP}, or for the text itself write $${AP}",
        "files/a.conf:3:1: ${TOKEN} is a secret, which is written into nothing; shell and ansible steps read it at /run/secrets/TOKEN",
      ].join("\n"),
    );
  });
});
