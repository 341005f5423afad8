import { describe, expect, test } from "vitest";
import { longest, mostTests, outputKept, testProgram } from "../../../aws/test-machine/script.ts";
import { judge, readReport } from "../../../core/boot-report.ts";
import type { ImageTest } from "../../../core/job.ts";
import { bootedMachine } from "../../support/booted-machine.ts";

const commands = (...list: string[]): ImageTest[] =>
  list.map((command, index) => ({ name: `test ${index}`, command, timeout: 30 }));

describe("the program of tests", () => {
  test("reports clock, addresses, failed units, and how each test ended", async () => {
    await using machine = await bootedMachine();
    await machine.fail("broken.service");
    const tests = [
      ...commands("echo fine", "echo bad >&2; exit 3", 'echo "it\'s $HOME" | cat; cat /nowhere'),
      { name: "late", command: "echo begun; sleep 60", timeout: 1 },
    ];
    const report = readReport(await machine.run(testProgram(tests)), tests);
    expect(Math.abs((report?.clock ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(report).toMatchObject({
      ...{ addresses: ["10.1.2.3/24"], failedUnits: ["broken.service"] },
      tests: [
        { exitCode: 0, output: "fine\n" },
        { exitCode: 3, output: "bad\n" },
        { exitCode: 1, output: expect.stringMatching(/^it's \/root\n.*\/nowhere/) },
        { exitCode: 124, output: "begun\n" },
      ],
    });
    expect(report?.tests[3]?.seconds).toBeGreaterThanOrEqual(1);
  });

  test("that is sent twice runs the tests once, and both print the report", async () => {
    await using machine = await bootedMachine();
    const tests = commands("sleep 1; date +%N");
    const [one, other] = await Promise.all([
      machine.run(testProgram(tests)),
      machine.run(testProgram(tests)),
    ]);
    expect(one).toBe(other);
    expect(one.trimEnd()).toMatch(/\nend$/);
  });

  test("without tests says how the image booted", async () => {
    await using machine = await bootedMachine();
    const report = readReport(await machine.run(testProgram([])), []);
    expect(report).toMatchObject({ failedUnits: [], tests: [] });
    if (report !== undefined) judge(report, [], Date.now());
  });

  test.each([1, 10, 100, mostTests])(
    "fits into what Run Command gives, of %i tests",
    async (count) => {
      const output = Math.ceil(outputKept(count) / 3) * 4;
      expect(count * (output + 80)).toBeLessThanOrEqual(24_000);
      expect(outputKept(count)).toBeLessThanOrEqual(4096);
    },
  );

  test("is given the time of all its tests", () => {
    expect(longest(commands("a", "b")) - longest(commands("a"))).toBe(50);
  });

  test("keeps the last of an output", async () => {
    await using machine = await bootedMachine();
    const tests = commands("seq 1 9999");
    const report = readReport(await machine.run(testProgram(tests)), tests);
    expect(report?.tests[0]?.output).toMatch(/\n9999\n$/);
    expect(report?.tests[0]?.output.length).toBe(4096);
  });
});
