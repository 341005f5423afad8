import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { agentDocument } from "../../aws/document.ts";

const { parameters, mainSteps, schemaVersion } = agentDocument();
const [step] = mainSteps;
const lines = step?.inputs.runCommand ?? [];
const used = [...JSON.stringify(mainSteps).matchAll(/\{\{ (\w+) \}\}/g)].map(
  ([, name = ""]) => name,
);

test("the document is a command of schema 2.2, within what Systems Manager takes", () => {
  expect([schemaVersion, step?.action]).toEqual(["2.2", "aws:runShellScript"]);
  expect(step?.inputs.timeoutSeconds).toBe("{{ executionTimeout }}");
  expect(Buffer.byteLength(JSON.stringify(agentDocument()))).toBeLessThan(64 * 1024);
});

test("every parameter is used once, and the script has no other braces that would be taken for one", () => {
  expect(used.toSorted()).toEqual(Object.keys(parameters).toSorted());
  expect(lines.join("\n").split("{{")).toHaveLength(used.length);
});

test.each(Object.entries(parameters))(
  "%s cannot be what ends its quotes, its line or its command",
  (_, { allowedPattern }) => {
    for (const bad of ["'", '"', "\n", "$(id)", "`id`", ";", "\\", " ", "{{ x }}", ""]) {
      expect(bad).not.toMatch(new RegExp(allowedPattern));
      expect(`a${bad}1`.length > 2 ? `a${bad}1` : "'").not.toMatch(new RegExp(allowedPattern));
    }
  },
);

test("the script is one that any POSIX shell reads", () => {
  for (const shell of ["sh", "bash"]) {
    execFileSync(shell, ["-n"], { input: lines.join("\n") });
  }
});
