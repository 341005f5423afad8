import { expect, test } from "vitest";
import { fits } from "../../core/pattern.ts";

test("a pattern stands for names by its stars, and for nothing else", () => {
  expect(fits("web-1", ["web-*"])).toBe(true);
  expect(fits("a.b(c", ["a.b(c"])).toBe(true);
  expect(fits("axb", ["a.b"])).toBe(false);
  expect(fits("my-web-1", ["web-*"])).toBe(false);
  expect(fits("x", [])).toBe(false);
  expect(fits("", ["*"])).toBe(true);
});
