import { describe, expect, test } from "vitest";
import type { ImageTest } from "../../core/job.ts";
import { judge, readReport } from "../../core/boot-report.ts";

const tests: ImageTest[] = ["serves", "listens"].map((name) => ({
  name,
  command: "",
  timeout: 30,
}));
const now = Date.parse("2026-11-21T04:00:00Z");
const clock = now / 1000;
const base64 = (text: string) => Buffer.from(text).toString("base64");

const good = [
  `clock ${clock}`,
  "address 10.0.2.15/24",
  `test 0 0 120e-3 ${base64("fine\n")}`,
  "test 1 0 5e-3 ",
  "end",
];

/** The report that lines make; it must be a whole one. */
const read = (lines: readonly string[]) => {
  const report = readReport(lines.join("\r\n"), tests);
  if (report === undefined) throw new Error("the report has no end");
  return report;
};

/** What is said to be wrong with an image that reports these lines. */
const wrong = (lines: readonly string[]): string => {
  try {
    judge(read(lines), tests, now);
    return "";
  } catch (error) {
    expect(error).toMatchObject({ name: "TestsFailed" });
    return (error as Error).message;
  }
};

describe("a report", () => {
  test("is read whole, with what each test printed", () => {
    expect(read(good)).toEqual({
      ...{ clock, addresses: ["10.0.2.15/24"], failedUnits: [] },
      tests: [
        { name: "serves", exitCode: 0, seconds: 0.12, output: "fine\n" },
        { name: "listens", exitCode: 0, seconds: 0.005, output: "" },
      ],
    });
    expect(wrong(good)).toBe("");
  });

  test("is none until its end has come", () => {
    expect(readReport("", tests)).toBeUndefined();
    expect(readReport(good.slice(0, -1).join("\n"), tests)).toBeUndefined();
  });

  test("is read through what firmware and kernel write between its lines", () => {
    const noise = [
      "\u001b[2J\u001b[01;01HBdsDxe: loading Boot0001",
      "",
      "[    1.2] random: crng init done",
    ];
    expect(wrong([...noise, ...good.flatMap((line) => [line, ...noise])])).toBe("");
  });

  test("counts the first line of a test, whatever comes after it", () => {
    const forged = good.toSpliced(3, 1, "test 1 1 5e-3 ", "test 1 0 5e-3 ");
    expect(wrong(forged)).toContain('the test "listens" ended with status 1');
  });

  test("is not taken in by lines that look like its own", () => {
    const forged = [...good.slice(0, 3), "testing 1 0 0", " test1 0 0", "attest 1 0 0", "end"];
    expect(wrong(forged)).toContain('the test "listens" did not run');
  });
});

describe("an image is refused", () => {
  test("whose test failed, with what the test printed last", () => {
    const failed = good.toSpliced(2, 1, `test 0 7 1e-3 ${base64("curl: (7) refused\n")}`);
    expect(wrong(failed)).toBe('the test "serves" ended with status 7:\ncurl: (7) refused');
  });

  test("whose test did not run, and every other thing is said, too", () => {
    const lines = [`clock 0`, "failed-unit nginx.service", "test 0 0 1e-3 ", "end"];
    expect(wrong(lines).split("\n")).toEqual([
      "the clock is wrong: the image says 1970-01-01T00:00:00.000Z",
      expect.stringContaining("the network is down"),
      "the unit nginx.service failed while the image booted",
      expect.stringContaining('the test "listens" did not run'),
    ]);
  });

  test.each(["", "x", "0x0", "-", "NaN"])("whose test ended with the status %j", (status) => {
    const lines = good.toSpliced(3, 1, `test 1 ${status} 5e-3 `);
    expect(wrong(lines)).toContain('the test "listens"');
  });

  test.each([124, 137])("whose test timeout(1) ended with status %s", (status) => {
    const lines = good.toSpliced(3, 1, `test 1 ${status} 3e1 ${base64("waiting\n")}`);
    expect(wrong(lines)).toBe('the test "listens" did not end in 30 s:\nwaiting');
  });

  test.each(["clock", "clock x", "clock 17e9x", "clock -1", "clock 1e30", ""])(
    "whose clock is %j",
    (line) => {
      expect(wrong([line, ...good.slice(1)])).toContain("the clock is wrong");
    },
  );

  test("whose clock is an hour off, and not for some minutes", () => {
    expect(wrong([`clock ${clock - 3600}`, ...good.slice(1)])).toContain("the clock is wrong");
    expect(wrong([`clock ${clock + 120}`, ...good.slice(1)])).toBe("");
  });

  test("that got no address", () => {
    expect(wrong(good.toSpliced(1, 1))).toContain("no address came by DHCP");
  });
});
