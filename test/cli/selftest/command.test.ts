import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Moto, noMoto, openMoto } from "../../support/moto.ts";
import { ovenbirdOfSource as ovenbird } from "../run-cli.ts";

describe.skipIf(noMoto !== "")(`ovenbird selftest --on aws${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const run = (...args: string[]) =>
    ovenbird(["selftest", ...args], {
      env: {
        ...{ ...process.env, AWS_ENDPOINT_URL: moto.client.endpoint, AWS_REGION: "eu-west-1" },
        ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      },
    });

  test("says what it would make, and where, and makes nothing where nobody can be asked", async () => {
    const { status, stdout, stderr } = await run("--on", "aws");
    expect(status).toBe(2);
    expect(stdout).toMatch(/^In the account 123456789012, region eu-west-1, the selftest\n/);
    expect(stdout).toMatch(/^- deploys the stage selftest-[0-9a-f]{6}, as `npm run deploy` does/m);
    expect(stdout).toMatch(/^It is expected to take about an hour/m);
    expect(stderr).toContain("nobody is here to be asked: nothing was made\nhint: --yes");
  });

  test("says on which place it works, and removes no stage that is not its own", async () => {
    expect((await run()).status).toBe(2);
    const { status, stderr } = await run("--on", "aws", "--remove", "production");
    expect(status).toBe(2);
    expect(stderr).toContain('"production" is no stage of the selftest\'s');
  });
});
