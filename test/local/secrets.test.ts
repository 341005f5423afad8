import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { readSecrets } from "../../local/secrets.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const fromFile = (file: string) => [{ name: "TOKEN", from: { file } }];
const fromEnvironment = [{ name: "TOKEN", from: { environment: "OVENBIRD_TEST_TOKEN" } }];

test("a secret is read from the environment", async () => {
  vi.stubEnv("OVENBIRD_TEST_TOKEN", "hunter22\n");
  expect(await readSecrets(fromEnvironment, "/")).toEqual({ TOKEN: "hunter22\n" });
  vi.unstubAllEnvs();
});

test.each([undefined, ""])("one that is %j there is named, with what to do", async (value) => {
  vi.stubEnv("OVENBIRD_TEST_TOKEN", value);
  await expect(readSecrets(fromEnvironment, "/")).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringMatching(/TOKEN .*set the environment variable OVENBIRD_TEST_TOKEN/),
  });
  vi.unstubAllEnvs();
});

test("a secret is read from a file beside the recipe, or anywhere, without its final newline", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "token");
  for (const [text, value] of [
    ["a\n", "a"],
    ["a\r\n", "a"],
    ["a\nb\n\n", "a\nb\n"],
    ["a", "a"],
  ]) {
    await writeFile(path, text ?? "");
    expect(await readSecrets(fromFile("token"), folder.path)).toEqual({ TOKEN: value });
    expect(await readSecrets(fromFile(path), "/")).toEqual({ TOKEN: value });
  }
});

test("a file that cannot be read is named, and what is in others is not", async () => {
  await using folder = await temporaryFolder();
  await expect(readSecrets(fromFile("nowhere"), folder.path)).rejects.toMatchObject({
    name: "NotReady",
    message: expect.stringContaining(join(folder.path, "nowhere")),
  });
});

test.each([{ parameter: "/team/token" }, { secret: "team/token" }])(
  "what only an AWS account has is refused, with what to do: %j",
  async (from) => {
    await expect(readSecrets([{ name: "TOKEN", from }], "/")).rejects.toMatchObject({
      name: "NotReady",
      message: expect.stringMatching(/TOKEN is the \w+ \/?team\/token of an AWS account.*a file$/),
    });
  },
);
