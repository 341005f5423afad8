import { expect, test } from "vitest";
import { inLines, markup } from "../../../core/report/markup.ts";
import { trap } from "../../support/report-data.ts";

test("texts are escaped, markup is taken as it is, lists are joined, undefined is nothing", () => {
  const inner = [markup`<b>${"<i>"}</b>`, markup`<hr>`];
  expect(markup`<p title="${`"'`}">${inner}${undefined}${7}${"&amp;"}</p>`.text).toBe(
    `<p title="&quot;&#39;"><b>&lt;i&gt;</b><hr>7&amp;amp;</p>`,
  );
});

test("what looks like markup and was not made by a template is refused", () => {
  const forged = { text: "<script>" } as never;
  expect(() => markup`${forged}`).toThrow(TypeError);
});

test("no text brings a tag, a quote, or a character that drives a terminal or turns the text", () => {
  const { text } = markup`${trap}`;
  expect(text).not.toMatch(/[<>"'\p{Cc}\p{Cf}\u2028\u2029]/u);
  expect(text).toContain(String.raw`\x1b[31mred`);
  expect(text).toContain(String.raw`\u{202e}gpj.exe`);
});

test("half of a surrogate pair is no character of the page", () => {
  expect(markup`${"a\ud800b"}`.text).toBe("a\ufffdb");
});

test("a text of any length is cut to what can be read", () => {
  expect(markup`${"<".repeat(100_000)}`.text.length).toBeLessThan(10_000);
});

test("the lines after the first are a list", () => {
  expect(inLines("a\n<b>\n").text).toBe("<p>a</p><ul><li>&lt;b&gt;</li></ul>");
  expect(inLines("a").text).toBe("<p>a</p>");
});
