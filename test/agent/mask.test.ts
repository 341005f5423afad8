import { describe, expect, test } from "vitest";
import { maskOf } from "../../agent/mask.ts";

const key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQE\n}\n-----END KEY-----\n";

describe("a mask", () => {
  test("hides a secret wherever it stands, as often as it does", () => {
    const mask = maskOf(["hunter22"]);
    expect(mask("password=hunter22&again=hunter22")).toBe("password=***&again=***");
    expect(mask("nothing here")).toBe("nothing here");
  });

  test("hides each line of a secret, because output comes line by line", () => {
    const mask = maskOf([key]);
    expect(mask("> MIIEvQIBADANBg <")).toBe("> *** <");
    expect(mask("kqhkiG9w0BAQE")).toBe("***");
    expect(mask("}")).toBe("}");
  });

  test("hides a secret of lines as a whole", () => {
    expect(maskOf([key])(`before ${key} after`)).toBe("before *** after");
  });

  test("hides the longer of two secrets of which one is part of the other", () => {
    expect(maskOf(["secret", "secret-longer"])("secret-longer secret")).toBe("*** ***");
  });

  test("hides a secret that is printed as JSON", () => {
    const mask = maskOf(['tell "no\\one"', key]);
    expect(mask(JSON.stringify({ msg: 'I tell "no\\one"', key }))).toBe(
      '{"msg":"I ***","key":"***"}',
    );
  });

  test("takes a secret literally, whatever it looks like", () => {
    expect(maskOf(["a.*$&(b"])("a.*$&(b axxb")).toBe("*** axxb");
  });

  test("leaves everything as it is when a secret is empty", () => {
    expect(maskOf([""])("text")).toBe("text");
  });

  test("hides a secret whose end was cut off with its line", () => {
    expect(maskOf(["correct-horse"])("token: correct-ho…")).toBe("token: ***…");
    expect(maskOf(["correct-horse"])("token: correct-horse and more…")).toBe(
      "token: *** and more…",
    );
    expect(maskOf(["correct-horse"])("an ordinary line that was cut…")).toBe(
      "an ordinary line that was cut…",
    );
  });

  test("hides it in the midst of a message of several lines, too", () => {
    const message = "step 1 failed; its last lines:\ntoken: correct-ho…\nend";
    expect(maskOf(["correct-horse"])(message)).toBe(
      "step 1 failed; its last lines:\ntoken: ***…\nend",
    );
  });
});
