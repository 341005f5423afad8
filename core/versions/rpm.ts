import { byCode, byNumber, type Order } from "./parts.ts";

/** The order of rpm's versions, `[epoch:]version[-release]`: rpmverCmp() of rpm's rpmio/rpmver.c. */
export const rpmOrder: Order = (one, other) => {
  const [a, b] = [partsOf(one), partsOf(other)];
  return (
    byNumber(a.epoch, b.epoch) ||
    rpmPartOrder(a.version, b.version) ||
    releaseOrder(a.release, b.release)
  );
};

const partsOf = (text: string) => {
  const [, epoch = "", version = "", release] =
    /^(?:([0-9]*):)?(.*?)(?:-([^-]*))?$/s.exec(text) ?? [];
  return { epoch, version, release };
};

/** Of two, one without a release is the earlier. */
const releaseOrder = (one: string | undefined, other: string | undefined): number => {
  if (one === undefined || other === undefined) {
    return Number(one !== undefined) - Number(other !== undefined);
  }
  return rpmPartOrder(one, other);
};

/**
 * Compares a version or a release: rpmvercmp() of the same file. Numbers and letters by turns;
 * everything between them only separates. `~` is before the end, `^` after it and before all else.
 */
export const rpmPartOrder: Order = (one, other) => {
  if (one === other) return 0;
  let [a, b] = [one, other];
  for (;;) {
    [a, b] = [a.replace(separators, ""), b.replace(separators, "")];
    const signs = signOrder(a, b);
    if (signs === "both") {
      [a, b] = [a.slice(1), b.slice(1)];
      continue;
    }
    if (signs !== undefined) return signs;
    if (a === "" || b === "") return a.length - b.length;
    const [segmentA, segmentB] = [segmentOf(a), segmentOf(b, /^[0-9]/.test(a))];
    // a number is after letters
    if (segmentB === "") return /^[0-9]/.test(a) ? 1 : -1;
    const order = /^[0-9]/.test(a) ? byNumber(segmentA, segmentB) : byCode(segmentA, segmentB);
    if (order !== 0) return order;
    [a, b] = [a.slice(segmentA.length), b.slice(segmentB.length)];
  }
};

const separators = /^[^A-Za-z0-9~^]+/;

/** What the signs at the start decide: nothing when neither has one. */
const signOrder = (a: string, b: string): number | "both" | undefined => {
  if (a.startsWith("~") || b.startsWith("~")) {
    if (a.startsWith("~") && b.startsWith("~")) return "both";
    return a.startsWith("~") ? -1 : 1;
  }
  if (!a.startsWith("^") && !b.startsWith("^")) return undefined;
  if (a.startsWith("^") && b.startsWith("^")) return "both";
  if (a === "") return -1;
  if (b === "") return 1;
  return a.startsWith("^") ? -1 : 1;
};

/** The number or the letters that text begins with. */
const segmentOf = (text: string, isNumber = /^[0-9]/.test(text)): string =>
  (isNumber ? /^[0-9]*/ : /^[A-Za-z]*/).exec(text)?.[0] ?? "";
