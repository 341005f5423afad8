import type { SeverityLevel } from "./finding.ts";

/*
 * Base scores of CVSS. Own code, because the packages for it are little kept and it is two
 * formulas; version 4, which is a table of 270 rows, is left to those who rate with it: of it there
 * is a level, and no score.
 */

/**
 * The base score of a vector of version 2 or 3; undefined for one of another version, or that is
 * none.
 */
export const scoreOf = (vector: string): number | undefined => {
  const metrics = new Map(
    vector.split("/").map((part) => part.split(":", 2) as [string, string | undefined]),
  );
  const value = (name: string, values: Readonly<Record<string, number>>): number =>
    values[metrics.get(name) ?? ""] ?? Number.NaN;
  const isThird = /^CVSS:3\.[01]\//.test(vector);
  if (!isThird && !/^\(?AV:/.test(vector)) return undefined;
  const score = isThird ? third(value, metrics.get("S")) : second(value);
  return Number.isNaN(score) ? undefined : score;
};

/**
 * How bad a vector of version 4 is, by the formula of 3.1 for the metrics that both have, and for
 * what the newer one splits: requirements of an attack make it complex, and harm to what lies behind
 * the vulnerable system is a changed scope. On that scale the score of 4 itself may be a level off;
 * it is never a level of `none` for one that does harm. Undefined for what is no such vector.
 */
export const levelOfFourth = (vector: string): SeverityLevel | undefined => {
  if (!vector.startsWith("CVSS:4.0/")) return undefined;
  const metrics = new Map(vector.split("/").map((part) => part.split(":", 2) as [string, string]));
  const [AV, AC, AT, PR, UI = "", ...harms] = base.map((name) => metrics.get(name) ?? "missing");
  if (harms.some((harm) => !/^[HLN]$/.test(harm)) || !/^[NPA]$/.test(UI)) return undefined;
  const [, , , SC, SI, SA] = harms;
  const worse = (at: number) =>
    "HLN".charAt(Math.min(...[at, at + 3].map((one) => rank(harms[one]))));
  const third = [
    ...["CVSS:3.1", `AV:${AV}`, `AC:${AT === "N" ? AC : AT === "P" ? "H" : AT}`, `PR:${PR}`],
    ...[
      `UI:${UI === "N" ? "N" : "R"}`,
      `S:${[SC, SI, SA].every((one) => one === "N") ? "U" : "C"}`,
    ],
    ...[`C:${worse(0)}`, `I:${worse(1)}`, `A:${worse(2)}`],
  ];
  const score = scoreOf(third.join("/"));
  return score === undefined ? undefined : levelOf(score);
};

/** https://www.first.org/cvss/v4.0/specification-document, section 2 */
const base = ["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"];
const rank = (harm = ""): number => "HLN".indexOf(harm);

type Value = (name: string, values: Readonly<Record<string, number>>) => number;

/** https://www.first.org/cvss/v3.1/specification-document, section 7.1 and 7.4 */
const third = (value: Value, scope: string | undefined): number => {
  if (scope !== "U" && scope !== "C") return Number.NaN;
  const harm = { N: 0, L: 0.22, H: 0.56 };
  const loss = (1 - value("C", harm)) * (1 - value("I", harm)) * (1 - value("A", harm));
  const base = 1 - loss;
  const impact =
    scope === "U" ? 6.42 * base : 7.52 * (base - 0.029) - 3.25 * Math.pow(base - 0.02, 15);
  const privileges = scope === "U" ? { N: 0.85, L: 0.62, H: 0.27 } : { N: 0.85, L: 0.68, H: 0.5 };
  const ease =
    8.22 *
    value("AV", { N: 0.85, A: 0.62, L: 0.55, P: 0.2 }) *
    value("AC", { L: 0.77, H: 0.44 }) *
    value("PR", privileges) *
    value("UI", { N: 0.85, R: 0.62 });
  if (impact <= 0) return Number.isNaN(ease) ? ease : 0;
  return roundUp(Math.min((scope === "U" ? 1 : 1.08) * (impact + ease), 10));
};

/** To one decimal, upward; appendix A of 3.1, which is of whole numbers lest a sum be a hair off. */
const roundUp = (score: number): number => {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
};

/** https://www.first.org/cvss/v2/guide, section 3.2.1 */
const second = (value: Value): number => {
  const harm = { N: 0, P: 0.275, C: 0.66 };
  const loss = (1 - value("C", harm)) * (1 - value("I", harm)) * (1 - value("A", harm));
  const impact = 10.41 * (1 - loss);
  const ease =
    20 *
    value("AV", { L: 0.395, A: 0.646, N: 1 }) *
    value("AC", { H: 0.35, M: 0.61, L: 0.71 }) *
    value("Au", { M: 0.45, S: 0.56, N: 0.704 });
  const score = (0.6 * impact + 0.4 * ease - 1.5) * (impact === 0 ? 0 : 1.176);
  return Math.round(score * 10) / 10;
};

/** The scale of 3.1, section 5; it is the same for every version but 2, which knows no critical. */
export const levelOf = (score: number): SeverityLevel => {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "none";
};
