import { expect, test } from "vitest";
import { type Member, parentsFirst } from "../../core/family.ts";

const order = (...members: [name: string, parent?: string][]) =>
  parentsFirst(members.map(([name, parent]): Member => ({ name, parent })))
    .map(({ name }) => name)
    .join(" ");

test("a parent comes before its children, in whatever order they are given", () => {
  expect(order(["web", "base"], ["base"])).toBe("base web");
  expect(order(["app", "web"], ["web", "base"], ["base"], ["other", "base"])).toBe(
    "base web app other",
  );
});

test("those that do not descend from each other stay as they are given", () => {
  expect(order(["b"], ["a"], ["c", "elsewhere"])).toBe("b a c");
});

test("a circle is refused, and shown", () => {
  const members: [string, string?][] = [["d"], ["a", "c"], ["b", "a"], ["c", "b"]];
  expect(() => order(...members)).toThrow(
    "the recipes start from each other: a from c from b from a",
  );
});

test("two recipes of one name are refused", () => {
  expect(() => order(["a"], ["b"], ["a"])).toThrow("two recipes make an image a");
});
