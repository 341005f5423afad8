import { TestsFailed } from "./errors.ts";
import type { BootReport, ImageTest } from "./job.ts";

/*
 * The report that a booted image writes: a line a fact, `key value…`, with text in base64, `end`
 * as the last. agent/boot-test.ts and aws/test-machine/script.ts have programs that write it.
 */

/** The exit code of a test that the report does not speak of. */
const notRun = -1;

/** Reads a report; undefined while its last line has not come. */
export const readReport = (text: string, tests: readonly ImageTest[]): BootReport | undefined => {
  const lines = text.split("\n").map((line) => line.trim().split(" "));
  if (!lines.some(([key]) => key === "end")) return undefined;
  const all = (key: string) => lines.filter(([found]) => found === key);
  return {
    clock: Number(all("clock")[0]?.[1]) || 0,
    addresses: all("address").flatMap(([, address]) => address ?? []),
    failedUnits: all("failed-unit").flatMap(([, unit]) => unit ?? []),
    tests: tests.map(({ name }, index) => {
      const line = all("test").find(([, number]) => number === String(index));
      const [, , status = "", seconds = "", output = ""] = line ?? [];
      const exitCode = /^[0-9]+$/.test(status) ? Number(status) : notRun;
      const text = Buffer.from(output, "base64").toString("utf8");
      return { name, exitCode, seconds: Number(seconds) || 0, output: text };
    }),
  };
};

/** Seconds by which the image's clock may differ from ours: a test machine can be that slow. */
const clockTolerance = 300;

/** Throws TestsFailed, with everything that is wrong, when the image did not boot as it should. */
export const judge = (report: BootReport, tests: readonly ImageTest[], now: number): void => {
  const wrong = [...wrongBoot(report, now), ...failedTests(report, tests)];
  if (wrong.length > 0) throw new TestsFailed(wrong.join("\n"));
};

const wrongBoot = ({ clock, ...report }: BootReport, now: number): string[] => [
  ...(clock !== undefined && Math.abs(clock - now / 1000) > clockTolerance
    ? [`the clock is wrong: the image says ${shown(clock)}`]
    : []),
  ...(report.addresses?.length === 0
    ? ["the network is down: no address came by DHCP; is a DHCP client installed and enabled?"]
    : []),
  ...report.failedUnits.map((unit) => `the unit ${unit} failed while the image booted`),
];

/** A number that is no date at all has been reported, too. */
const shown = (clock: number): string =>
  Math.abs(clock) < 8e12 ? new Date(clock * 1000).toISOString() : `${clock} s since 1970`;

const failedTests = (report: BootReport, tests: readonly ImageTest[]): string[] =>
  report.tests.flatMap(({ name, exitCode, output }, index) => {
    if (exitCode === 0) return [];
    if (exitCode === notRun) return [`the test "${name}" did not run, or not to its end`];
    // 124 and 137 are what timeout(1) ends with when it ended the command
    const late = exitCode === 124 || exitCode === 137;
    const how = late
      ? `did not end in ${tests[index]?.timeout} s`
      : `ended with status ${exitCode}`;
    return [`the test "${name}" ${how}:\n${output.trimEnd()}`];
  });
