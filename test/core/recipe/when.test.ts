import { describe, expect, test } from "vitest";
import { recipe, resolve, toldOf } from "./sample.ts";

const PARAMETERS =
  "parameters: { SUITE: { default: trixie }, CPUS: { type: number, default: 2 }, ON: { type: boolean, default: true }, TOKEN: { type: secret } }";
const stepWhen = (when: string) => recipe(PARAMETERS, `configure: [{ shell: ls, when: ${when} }]`);
const reason = (when: string, set = {}) => resolve(stepWhen(when), set).steps[0]?.skipped;

describe("a step", () => {
  test.each([
    "{}",
    "{ SUITE: trixie }",
    "{ SUITE: [sid, trixie] }",
    "{ SUITE: { not: sid } }",
    "{ CPUS: 2.0, ON: true }",
  ])("runs when %s", (when) => expect(reason(when)).toBeUndefined());

  test.each([
    ["{ SUITE: sid }", 'SUITE is "trixie", and the step is for "sid"'],
    ["{ SUITE: [sid, noble] }", 'SUITE is "trixie", and the step is for "sid" or "noble"'],
    [
      "{ SUITE: { not: [sid, trixie] } }",
      'SUITE is "trixie", and the step is for anything but "sid" or "trixie"',
    ],
    ["{ SUITE: trixie, CPUS: 4 }", "CPUS is 2, and the step is for 4"],
    ["{ ON: false }", "ON is true, and the step is for false"],
  ])("is skipped when %s, with the reason", (when, why) => expect(reason(when)).toBe(why));

  test("is judged by the value given", () => {
    expect(reason("{ CPUS: 4 }", { CPUS: "4.0" })).toBeUndefined();
  });

  test("that is skipped need not make sense with the values at hand", () => {
    const text = recipe(
      "parameters: { CONF: { required: false } }",
      "configure:",
      "  - { files: [{ path: '${CONF}', content: '${CONF}' }], when: { CONF: { not: '' } }, name: conf }",
      "  - { packages: [nginx] }",
    );
    expect(resolve(text).steps).toMatchObject([
      { name: "conf", kind: "files", files: [] },
      { name: "packages: nginx" },
    ]);
    expect(resolve(text, { CONF: "/a" }, {}).steps).toHaveLength(2);
  });
});

describe("what is wrong with a when: is told with its place and what would be right:", () => {
  test.each([
    ["{ SUIT: a }", "5:36: no parameter SUIT is declared; did you mean SUITE?"],
    [
      "{ REGION: a }",
      "5:36: no parameter REGION is declared; declare it under parameters, as SUITE, CPUS, ON and TOKEN",
    ],
    [
      "{ TOKEN: a }",
      "5:36: TOKEN is a secret, and no step depends on a secret; declare a boolean parameter beside it, and name that one",
    ],
    ["{ SUITE: 13 }", "5:43: SUITE is a string, and 13 is a number; write it in quotes"],
    [
      "{ CPUS: [2, '4'] }",
      '5:46: CPUS is a number, and "4" is a string; write a number without quotes',
    ],
    [
      "{ ON: { not: 1 } }",
      "5:47: ON is a boolean, and 1 is a number; write a boolean without quotes",
    ],
    [
      "{ SUITE: '${CPUS}' }",
      "5:43: when: takes plain values; leave ${…} out: nothing is filled in here",
    ],
    [
      "{ SUITE: { is: a } }",
      '5:36: not is missing; write a value, a list of values, or {not: …}\nweb.yaml:5:45: unknown key "is"; the key here is not',
    ],
    ["{ SUITE: [] }", "5:43: SUITE is an empty list; list at least one value"],
    [
      "SUITE == trixie",
      '5:34: when is "SUITE == trixie", text; write a map from a parameter\'s name to its value, as in {SUITE: trixie}',
    ],
  ])("%s", (when, line) => expect(toldOf(stepWhen(when))).toBe(`web.yaml:${line}`));
});
