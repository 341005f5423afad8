import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseParameters, readSettings } from "../../stacks/parameters.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/0a";
const publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "der" })
  .toString("base64");

const parse = (text: string) => parseParameters(text, "deploy/stages/dev.yaml");

test("a stage needs no parameter", () => {
  expect(parse("")).toMatchObject({ network: "public", zones: 2, disposable: false });
});

test("what is given replaces what would hold, one by one", () => {
  const { builder_images, network } = parse(
    "network: nat\nbuilder_images: { arm64: /mine/builder }",
  );
  expect(network).toBe("nat");
  expect(builder_images).toMatchObject({
    x86_64: expect.stringMatching(/^\/aws\/service\/.*\/amd64\//),
    arm64: "/mine/builder",
  });
});

test("a stage may have another key, and trust those before it", () => {
  const text = `signing_key: 2\nearlier_signing_keys: [{ key: ${keyArn}, public_key: ${publicKey} }]`;
  expect(parse(text)).toMatchObject({
    ...{ signing_key: 2, earlier_signing_keys: [{ key: keyArn, public_key: publicKey }] },
  });
});

test.each([
  ["network: private", 'network is "private"; right would be one of public, nat, endpoints'],
  ["zones: 0", "zones is 0; right would be a whole number from 1 to 6"],
  ["most_builders: many", 'most_builders is "many"; right would be a whole number from 1 to 1000'],
  ["builder_lifetime: 1.5", "builder_lifetime is 1.5; right would be a whole number from 1 to 48"],
  ["builder_images: { arm64: ami-1 }", 'builder_images.arm64 is "ami-1"; right would be the name'],
  ["builder_images: { riscv: /x }", "there is no parameter riscv; there are x86_64, arm64"],
  ["email: me", 'email is "me"; right would be an e-mail address'],
  ["log_retention: 8", "log_retention is 8; right would be one of 1, 3, 5, 7, 14"],
  ["log_retention: '90'", 'log_retention is "90"; right would be one of 1, 3, 5, 7, 14'],
  ["disposable: 1", "disposable is 1; right would be true or false"],
  ["log_announcements: some", 'log_announcements is "some"; right would be true or false'],
  ["signing_key: 0", "signing_key is 0; right would be a whole number from 1 to 99"],
  [
    `earlier_signing_keys: [{ key: alias/x, public_key: ${publicKey} }]`,
    'earlier_signing_keys.0.key is "alias/x"; right would be the ARN of the key, not an alias',
  ],
  [
    `earlier_signing_keys: [{ key: ${keyArn}, public_key: AAAA }]`,
    'earlier_signing_keys.0.public_key is "AAAA"; right would be what `aws kms get-public-key',
  ],
  [
    `earlier_signing_keys: [{ key: ${keyArn}, public_key: ${publicKey}, pem: x }]`,
    "there is no parameter pem; there are key, public_key",
  ],
  ["nettwork: nat", "there is no parameter nettwork; there are network, zones"],
  ["- network", 'it is ["network"]; right would be parameters, each with its name'],
  ["network: [", "deploy/stages/dev.yaml is not YAML"],
])("refuses %j with a sentence that names the file", (text, sentence) => {
  expect(() => parse(text)).toThrow(/^deploy\/stages\/dev\.yaml/);
  expect(() => parse(text)).toThrow(sentence);
});

test("tells all that is wrong at once", () => {
  expect(() => parse("zones: 0\nemail: me")).toThrow(/zones.*\n.*email/);
});

test("says once of a value what two checks say", () => {
  expect(() => parse("zones: 1e99")).toThrow(/^[^\n]*zones is 1e\+99[^\n]*$/);
});

test("a stage's parameters are in its file", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, "deploy/stages"), { recursive: true });
  writeFileSync(join(folder.path, "deploy/stages/prod.yaml"), "most_builders: 3");
  expect(readSettings("prod", folder.path)).toMatchObject({
    name: "prod",
    parameters: { most_builders: 3 },
  });
});

test.each(["Prod", "", "a_b", "a".repeat(21)])("refuses the stage's name %j", (name) => {
  expect(() => readSettings(name)).toThrow(/cannot be the name of a stage/);
});
