import * as z from "zod";
import { NotFound, TestsFailed } from "../../core/errors.ts";
import { ImageId } from "../../core/ids.ts";
import { BootReport } from "../../core/job.ts";
import type { Artifacts, TestOrder } from "../../core/ports.ts";

const key = "test-report.json";

/** How the tests of a candidate ended: what is kept of them, whatever the outcome. */
export const TestReport = z.strictObject({
  version: z.literal(1),
  imageId: ImageId,
  /** The instance; absent when there was none. */
  machineId: z.string().optional(),
  outcome: z.enum(["passed", "failed"]),
  /** A sentence for the operator; empty when all is well. */
  message: z.string(),
  /** Absent when the image did not come so far. */
  report: BootReport.optional(),
  /** The last lines of its serial console, where they were looked at. */
  console: z.string().optional(),
});
export type TestReport = z.infer<typeof TestReport>;

/** The report of an earlier call, if its candidate is the same. */
export const keptReport = async (
  artifacts: Artifacts,
  { bake, imageId }: TestOrder,
): Promise<TestReport | undefined> => {
  try {
    const kept = TestReport.parse(JSON.parse(await artifacts.read(bake, key)));
    return kept.imageId === imageId ? kept : undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

export const keepReport = (artifacts: Artifacts, { bake }: TestOrder, report: TestReport) =>
  artifacts.write(bake, key, `${JSON.stringify(report, undefined, 2)}\n`);

/** What the port answers. Throws TestsFailed. */
export const answerOf = ({ outcome, message, report }: TestReport): BootReport => {
  if (outcome === "passed" && report !== undefined) return report;
  throw new TestsFailed(message);
};
