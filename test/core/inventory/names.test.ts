import { expect, test } from "vitest";
import { bytesOf, nameOf, shownName } from "../../../core/inventory/names.ts";

const roundTrip = (bytes: Buffer): Buffer => bytesOf(nameOf(bytes.toString("latin1")));

test("a name that is UTF-8 is itself", () => {
  for (const name of [
    "/etc/passwd",
    "/é/日本/🍞",
    "back\\slash \\x2d",
    "a\nb\u001b[31m",
    "\ufeffx",
  ]) {
    expect(nameOf(Buffer.from(name).toString("latin1"))).toBe(name);
  }
});

test("bytes that are not UTF-8 are written so that nothing else is written like them", () => {
  const bytes = Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xc3, 0xed, 0xa0, 0x80]);
  expect(nameOf(bytes.toString("latin1"))).toBe("a\0ffé\0c3\0ed\0a0\u000080");
  expect(JSON.parse(JSON.stringify(nameOf(bytes.toString("latin1"))))).toBe(
    nameOf(bytes.toString("latin1")),
  );
});

test("every name of any bytes comes back as it was", () => {
  for (let round = 0; round < 2000; round++) {
    const length = Math.floor(Math.random() * 12);
    // many of them near the borders of UTF-8's sequences
    const bytes = Array.from({ length }, () =>
      Math.random() < 0.5
        ? 0x80 + Math.floor(Math.random() * 128)
        : 1 + Math.floor(Math.random() * 255),
    );
    expect(roundTrip(Buffer.from(bytes))).toEqual(Buffer.from(bytes));
  }
});

test("for people a name drives no terminal and hides nothing", () => {
  expect(shownName("/a\nb\u001b[31m\u009b\u202e\0ff é")).toBe(
    String.raw`/a\x0ab\x1b[31m\u{9b}\u{202e}\xff é`,
  );
});
