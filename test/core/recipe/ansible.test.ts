import { describe, expect, test } from "vitest";
import { bundleFiles } from "../../../core/recipe/bundle.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { recipe, resolve, toldOf } from "./sample.ts";

const nothing = { groups: [], extraVars: {}, tags: [], skipTags: [], verbosity: 0 };

const stepOf = (
  text: string,
  parameters = "{ SIZE: { type: number, default: 3 }, T: { type: secret } }",
) => resolve(recipe(`parameters: ${parameters}`, `configure: ${text}`)).steps[0];

const filesOf = (text: string) => {
  const whole = recipe(`configure: ${text}`);
  return bundleFiles(parseRecipe(whole, "web.yaml"), resolve(whole));
};

describe("an ansible step", () => {
  test("needs no more than a playbook, whose folder is all that Ansible sees", () => {
    expect(stepOf("{ ansible: { playbook: code/site/main.yaml } }")).toEqual({
      ...{ kind: "ansible", name: "ansible: code/site/main.yaml", timeout: 1800 },
      ...{ ...nothing, folder: "code/site", playbook: "main.yaml" },
    });
  });

  test("can be given a folder above its playbook's", () => {
    expect(
      stepOf("{ ansible: { playbook: code/plays/main.yaml, folder: ./code/ } }"),
    ).toMatchObject({ folder: "code", playbook: "plays/main.yaml" });
  });

  test("takes variables of any form, with parameters filled in", () => {
    const text = `
      ansible:
        playbook: code/main.yaml
        groups: [appserver]
        extra_vars: { size: "\${SIZE}", list: [1, { deep: "\${SIZE}\${SIZE}", no: null }], yes: true }
        tags: [one, "two words"]
        skip_tags: [three]
        verbosity: \${SIZE}`;
    expect(stepOf(text)).toMatchObject({
      groups: ["appserver"],
      extraVars: { size: "3", list: [1, { deep: "33", no: null }], yes: true },
      ...{ tags: ["one", "two words"], skipTags: ["three"], verbosity: 3 },
    });
  });

  test("can be written as a tool, the folder of its code, and a role", () => {
    expect(stepOf("{ tool: ansible, code_repo: code, server_role: appserver }")).toEqual({
      ...{ kind: "ansible", name: "ansible: appserver", timeout: 1800 },
      ...{ ...nothing, folder: "code", role: "appserver", groups: ["appserver"] },
    });
  });

  test.each(['ansible: { playbook: "${A}" }', 'tool: ansible, code_repo: "${A}", server_role: r'])(
    "is known as one though it is skipped and cannot be run: %s",
    (body) => {
      const parameters = "{ A: { required: false }, B: { type: boolean, default: false } }";
      const step = stepOf(`{ ${body}, when: { B: true } }`, parameters);
      expect(step).toMatchObject({ kind: "ansible", skipped: expect.any(String) });
    },
  );

  test.each([
    [
      "{ ansible: { playbook: main.yaml } }",
      '4:37: playbook cannot be "main.yaml"; a playbook lies in a folder beside the recipe, which Ansible sees all of: "ansible/playbook.yaml"',
    ],
    [
      "{ ansible: { playbook: ./main.yaml } }",
      '4:37: playbook cannot be "./main.yaml"; a playbook lies in a folder beside the recipe, which Ansible sees all of: "ansible/playbook.yaml"',
    ],
    [
      "{ ansible: { playbook: a/../b/main.yaml } }",
      '4:37: playbook cannot be "a/../b/main.yaml"; a playbook lies in a folder beside the recipe, which Ansible sees all of: "ansible/playbook.yaml"',
    ],
    [
      "{ ansible: { playbook: a/main.yaml, folder: b } }",
      "4:58: the playbook a/main.yaml is not in b; name a folder above the playbook, from the recipe's own folder on",
    ],
    [
      "{ ansible: { playbook: a/main.yaml, folder: . } }",
      "4:58: the playbook a/main.yaml is not in .; name a folder above the playbook, from the recipe's own folder on",
    ],
    [
      "{ ansible: { playbook: a/main.yaml, extra_vars: { size: .inf } } }",
      "4:70: size cannot be Infinity; write a finite number",
    ],
    [
      "{ ansible: { playbook: a/main.yaml, groups: [all] } }",
      '4:59: groups entry 1 cannot be "all"; a group is letters, digits, "_" and "-", as in "appserver"; everything is in "all" anyway',
    ],
    [
      "{ tool: puppet, code_repo: a, server_role: b }",
      '4:22: tool cannot be "puppet"; the tool is ansible; a shell step runs any other',
    ],
    [
      '{ tool: ansible, code_repo: "https://example.org/a.git", server_role: b }',
      '4:42: code_repo cannot be "https://example.org/a.git"; it is a folder beside the recipe, as in "ansible": clone a repository there, as a git submodule',
    ],
    [
      '{ tool: ansible, code_repo: "git@example.org:a.git", server_role: b }',
      '4:42: code_repo cannot be "git@example.org:a.git"; it is a folder beside the recipe, as in "ansible": clone a repository there, as a git submodule',
    ],
    [
      "{ tool: ansible, code_repo: a }",
      "4:16: server_role is missing; tool, code_repo and server_role come together; or write an ansible step",
    ],
    [
      "{ shell: ls, server_role: a }",
      "4:27: tool is missing; tool, code_repo and server_role come together; or write an ansible step",
    ],
    [
      "{ tool: ansible, code_repo: a, server_role: b, shell: ls }",
      "4:16: shell and tool are both given; keep one of them",
    ],
  ])("that says %s is refused", (text, line) => {
    expect(toldOf(recipe(`configure: ${text}`))).toBe(`web.yaml:${line}`);
  });

  test("is refused a secret as a variable, and told where it is", () => {
    const text = recipe(
      "parameters: { T: { type: secret } }",
      'configure: { ansible: { playbook: a/b.yaml, extra_vars: { t: "${T}" } } }',
    );
    expect(toldOf(text)).toContain("shell and ansible steps read it at /run/secrets/T");
  });

  test("names all of its folder, and what must be in it", () => {
    expect(filesOf("{ ansible: { playbook: a/b.yaml } }")).toEqual([
      { path: "a", template: false, line: 4, column: 16 },
      { path: "a/b.yaml", template: false, line: 4, column: 37 },
    ]);
    expect(filesOf("{ tool: ansible, code_repo: a, server_role: b }")).toEqual([
      { path: "a", template: false, line: 4, column: 42 },
      { path: "a/roles/b", template: false, line: 4, column: 58 },
    ]);
  });
});
