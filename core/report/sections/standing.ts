import type { RuleVerdict, Verdict } from "../../policy/verdict.ts";
import { severityCounts } from "../../vulnerabilities/together.ts";
import type { About } from "../data.ts";
import { counted, grouped } from "../units.ts";

/** What came of a rule: one that is only reported keeps no image from being published. */
export type Standing = "fails" | "reported" | "waived" | "passes";

/** The worst first. */
export const standings = ["fails", "reported", "waived", "passes"] as const;

export const standingOf = ({ status, mode }: RuleVerdict): Standing => {
  if (status === "fail") return mode === "enforce" ? "fails" : "reported";
  return status === "waived" ? "waived" : "passes";
};

/** `2 fail, 1 waived, 24 pass`. */
export const policyText = ({ rules }: Verdict): string => {
  const counts = standings.map((standing) => {
    const { length } = rules.filter((rule) => standingOf(rule) === standing);
    return length === 0 ? "" : `${length} ${wordFor(standing, length)}`;
  });
  return counts.filter((text) => text !== "").join(", ");
};

const wordFor = (standing: Standing, count: number): string => {
  if (count === 1) return standing;
  return standing === "fails" ? "fail" : standing === "passes" ? "pass" : standing;
};

/** Nobody who looked is told apart from nothing that was found. */
export const vulnerabilitiesText = ({
  vulnerabilities,
}: Pick<About, "vulnerabilities">): string => {
  if ("unkept" in vulnerabilities) return "not kept";
  if ("impossible" in vulnerabilities) return "not searched for";
  const { findings, unscanned } = vulnerabilities;
  const counts = severityCounts(findings).map(([level, count]) => `${grouped(count)} ${level}`);
  const found = counts.length === 0 ? "none found" : counts.join(", ");
  return unscanned.length === 0
    ? found
    : `${found}; nobody looked at ${counted(unscanned.length, "package")}`;
};

/** What changed in packages. */
export const sinceText = ({ since }: Pick<About, "since">): string => {
  if ("first" in since) return "the first image of this recipe";
  if ("unknown" in since) return "not known";
  const { added, removed, changed } = since.changes.packages;
  const parts = [
    [changed.length, "changed"],
    [added.length, "added"],
    [removed.length, "removed"],
  ] as const;
  const some = parts
    .filter(([count]) => count > 0)
    .map(([count, how], at) => `${at === 0 ? counted(count, "package") : grouped(count)} ${how}`);
  return some.length === 0 ? "the same packages" : some.join(", ");
};
