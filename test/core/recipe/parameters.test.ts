import { describe, expect, test } from "vitest";
import { recipe, resolve, toldOf } from "./sample.ts";

const declared = (...lines: string[]) => recipe("parameters:", ...lines.map((line) => `  ${line}`));

describe("a parameter's value", () => {
  const text = declared(
    "SUITE: { default: trixie }",
    "SIZE: { type: number, default: 8 }",
    "ON: { type: boolean, default: true }",
    "NOTE: { required: false }",
  );

  test("is its default when none is given", () => {
    expect(resolve(text).parameters).toEqual({ SUITE: "trixie", SIZE: "8", ON: "true", NOTE: "" });
  });

  test("comes from --set before the environment before the default", () => {
    const environment = { OVENBIRD_PARAM_SUITE: "sid", OVENBIRD_PARAM_SIZE: "9" };
    expect(resolve(text, { SUITE: "noble" }, environment).parameters).toMatchObject({
      SUITE: "noble",
      SIZE: "9",
    });
  });

  test("is the same text for the same number", () => {
    expect(resolve(text, { SIZE: "+1.50e1" }).parameters["SIZE"]).toBe("15");
  });

  test("may be given for a name that objects have anyway", () => {
    expect(
      resolve(declared("constructor: { default: a }", "toString: { required: false }")).parameters,
    ).toEqual({ constructor: "a", toString: "" });
  });
});

const wrong: [text: string, set: Record<string, string>, line: string][] = [
  [
    declared("A: {}"),
    {},
    "5:5: A has no value; give it by --set A=…, or in the environment as OVENBIRD_PARAM_A",
  ],
  [
    declared("SIZE: { default: a }"),
    { SIE: "9" },
    "4:3: --set names SIE, which the recipe does not declare; did you mean SIZE?",
  ],
  [
    declared("SIZE: { default: a }"),
    { toString: "9" },
    "4:3: --set names toString, which the recipe does not declare; it declares SIZE",
  ],
  [recipe(), { A: "9" }, "1:1: --set names A, which the recipe does not declare; it declares none"],
  [
    declared("T: { type: secret }"),
    { T: "hush" },
    "5:5: the secret T is given by --set, where every process can read it; give it in the environment, as OVENBIRD_PARAM_T",
  ],
  [
    declared("T: { type: secret, from: { file: t } }"),
    { T: "hush" },
    "5:5: the secret T is given by --set, where every process can read it; give it in t",
  ],
  [
    declared("N: { type: number }"),
    { N: "1x" },
    '5:5: N cannot be "1x", as --set gives it; give a number',
  ],
  [
    declared("N: { type: number }"),
    { N: "" },
    '5:5: N cannot be "", as --set gives it; give a number',
  ],
  [
    declared("B: { type: boolean }"),
    { B: "yes" },
    '5:5: B cannot be "yes", as --set gives it; give true or false',
  ],
  [
    declared("9X: {}"),
    {},
    '5:5: "9X" cannot be a key of parameters; a parameter\'s name is letters, digits and underscores, as in "APP_VERSION"',
  ],
  [
    declared("A: x"),
    {},
    '5:8: A is "x", text; write a map with the keys type, description, default, required and from',
  ],
  [
    declared("A: { type: int }"),
    {},
    '5:16: type cannot be "int"; it is string, number, boolean or secret',
  ],
  [
    declared("A: { default: 1.20 }"),
    {},
    "5:19: default is 1.2, a number, and the type is string; write it in quotes, or add type: number",
  ],
  [
    declared("A: { type: number, default: '1' }"),
    {},
    '5:33: default is "1", a string, and the type is number; write a number',
  ],
  [
    declared("A: { default: a, required: true }"),
    {},
    "5:32: a parameter with a default cannot be required; leave out one of required and default",
  ],
  [
    declared("A: { type: number, required: false }"),
    {},
    "5:34: a number that is not given has no value; give it a default instead",
  ],
  [
    declared("A: { type: secret, default: a }"),
    {},
    "5:33: a secret takes no default; leave default out: from says where its value is",
  ],
  [
    declared("A: { type: secret, required: false }"),
    {},
    "5:34: a secret is always required; leave required out",
  ],
  [
    declared("A: { from: { file: a } }"),
    {},
    "5:16: only a secret is fetched from elsewhere; add type: secret, or leave from out",
  ],
  [
    declared("A: { type: secret, from: {} }"),
    {},
    "5:30: environment, file, parameter or secret is missing; give exactly one of them",
  ],
  [
    declared("A: { type: secret, from: { file: /etc/shadow } }"),
    {},
    '5:38: file cannot be "/etc/shadow"; a path in the recipe\'s own folder has no leading "/" and no "..", as in "files/motd"',
  ],
];

describe("what is wrong with a parameter is told with its place and what would be right:", () => {
  test.each(wrong)("%s with %j", (text, set, line) =>
    expect(toldOf(text, set)).toBe(`web.yaml:${line}`),
  );

  test("the environment is named when it gives the wrong value", () => {
    expect(toldOf(declared("N: { type: number }"), {}, { OVENBIRD_PARAM_N: "x" })).toBe(
      'web.yaml:5:5: N cannot be "x", as OVENBIRD_PARAM_N gives it; give a number',
    );
  });

  test("all missing parameters are told at once", () => {
    expect(toldOf(declared("A: {}", "B: {}")).split("\n")).toHaveLength(2);
  });
});

test("a secret is known by where it comes from, never by its value", () => {
  const text = declared(
    "T: { type: secret }",
    "U: { type: secret, from: { file: keys/u } }",
    "V: { type: secret, from: { environment: PASS } }",
    "W: { type: secret, from: { parameter: /team/token } }",
    "X: { type: secret, from: { secret: team/token } }",
  );
  const recipe = resolve(text, {}, { OVENBIRD_PARAM_T: "hush", PASS: "hush" });
  expect(recipe.secrets).toEqual([
    { name: "T", from: { environment: "OVENBIRD_PARAM_T" } },
    { name: "U", from: { file: "keys/u" } },
    { name: "V", from: { environment: "PASS" } },
    { name: "W", from: { parameter: "/team/token" } },
    { name: "X", from: { secret: "team/token" } },
  ]);
  expect(JSON.stringify(recipe)).not.toContain("hush");
});
