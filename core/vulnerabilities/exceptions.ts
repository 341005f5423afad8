import * as z from "zod";
import type { Finding } from "./finding.ts";

/** A day, as `2026-12-31`. */
const Day = z.iso.date();

/*
 * OpenVEX says of a vulnerability that it does no harm, and has no field for the day on which
 * somebody looks again; here that day has to be named.
 */
export const Exception = z.strictObject({
  /** The CVE, or any other name that a finding has. */
  vulnerability: z.string().min(1),
  /** Names of packages, or of what they were built from; all when absent. */
  packages: z.array(z.string().min(1)).min(1).optional(),
  /** Why it may stay: a sentence for whoever reads the report. */
  reason: z.string().trim().min(1),
  /** The last day on which it counts, in UTC. */
  expires: Day,
});
export type Exception = z.infer<typeof Exception>;

/** A finding with the exception that somebody made for it. */
export interface JudgedFinding extends Finding {
  exception?: Pick<Exception, "reason" | "expires"> & {
    /** Its day is past: the finding counts again. */
    expired: boolean;
  };
}

export interface Judged {
  findings: JudgedFinding[];
  /** Exceptions for which there is no finding: they can go. */
  unused: Exception[];
}

/** Gives findings their exceptions; of several the one that lasts longest. `today` in UTC. */
export const applyExceptions = (
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  today: Date,
): Judged => {
  const day = today.toISOString().slice(0, 10);
  const longest = exceptions.toSorted((one, other) => (one.expires < other.expires ? 1 : -1));
  const used = new Set<Exception>();
  const judged = findings.map((finding): JudgedFinding => {
    const fitting = longest.filter((exception) => isFor(exception, finding));
    for (const exception of fitting) used.add(exception);
    const [exception] = fitting;
    if (exception === undefined) return finding;
    const { reason, expires } = exception;
    return { ...finding, exception: { reason, expires, expired: expires < day } };
  });
  return { findings: judged, unused: exceptions.filter((one) => !used.has(one)) };
};

const isFor = ({ vulnerability, packages }: Exception, finding: Finding): boolean => {
  const names = [finding.id, ...finding.aliases];
  if (!names.includes(vulnerability)) return false;
  const { name, source } = finding.package;
  return packages === undefined || packages.some((one) => one === name || one === source?.name);
};
