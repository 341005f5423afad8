import { expect, test } from "vitest";
import { newSealKey, seal, unseal } from "../../core/sealed.ts";

test("what is sealed is read by the one it is for, and shows nothing to others", async () => {
  const [own, other] = [await newSealKey(), await newSealKey()];
  const text = JSON.stringify({ TOKEN: "hunter22 ✓" });
  const sealed = seal(own.publicPem, text);
  expect(unseal(own.privateKey, sealed)).toBe(text);
  expect(sealed).not.toContain("hunter22");
  expect(() => unseal(other.privateKey, sealed)).toThrow();
});

test("what was changed on the way is not read", async () => {
  const { privateKey, publicPem } = await newSealKey();
  const sealed = JSON.parse(seal(publicPem, "hush")) as Record<string, string>;
  const changed = { ...sealed, text: Buffer.from("hash").toString("base64") };
  expect(() => unseal(privateKey, JSON.stringify(changed))).toThrow();
});

test("no two seals of one text are alike", async () => {
  const { publicPem } = await newSealKey();
  expect(seal(publicPem, "hush")).not.toBe(seal(publicPem, "hush"));
});
