import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stageParameter } from "../../aws/read-stage.ts";
import { makeBuckets, someStage } from "../support/aws-stage.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { stock } from "../support/origins-on-moto.ts";
import { recipeText, writeRecipe } from "./recipes.ts";
import { ovenbird, scratchFolder } from "./run-cli.ts";

/** Every call that reaches AWS, by its action; moto answers, but for roles of functions. */
const watched = async (moto: Moto) => {
  const calls: string[] = [];
  const { hostname, port } = new URL(moto.client.endpoint);
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const forward = async () => {
      const body = await buffer(request);
      const action =
        headers["x-amz-target"] ?? /Action=(\w+)/.exec(String(body))?.[1] ?? `${method} ${url}`;
      calls.push(String(action));
      const [, named] = /^\/2015-03-31\/functions\/(.*)\/configuration$/.exec(url) ?? [];
      if (named !== undefined) {
        const Role = `arn:aws:iam::123456789012:role/of-${named}`;
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ Role }));
        return;
      }
      const out = ask({ hostname, port, method, path: url, headers });
      out.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      out.on("error", (error) => response.destroy(error));
      out.end(body);
    };
    forward().catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    ...{ calls, endpoint: `http://127.0.0.1:${address.port}` },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
};

interface Planned {
  architecture: string;
  rootVolumeSize: number;
  copy: string;
  stock?: { imageId: string; owner: string };
  states: { state: string; function: string; permissions: { actions: string[] }[] }[];
  notes: string[];
  problems: string[];
  cost: { total: Record<string, number> };
  prices: { date: string };
}

const { AWS_PROFILE: _, AWS_ACCESS_KEY_ID: __, AWS_SECRET_ACCESS_KEY: ___, ...bare } = process.env;

const from = (origin: string, more = "") => `image:\n  name: web\n  origin: ${origin}\n${more}`;

const declared = (source: string) => `  parameters: { T: { type: secret, from: ${source} } }\n`;

describe.skipIf(noMoto !== "")(`plan --on aws${noMoto}`, () => {
  let moto: Moto;
  let s3: S3Client;
  let ssm: SSMClient;
  const images = { x86_64: "/builders/x86_64", arm64: "/builders/arm64" };
  const { builders } = someStage();
  const stage = someStage({ builders: { ...builders, imageParameters: images } });

  const put = (Name: string, Value: string) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: "String" }));

  beforeAll(async () => {
    moto = await openMoto();
    s3 = await makeBuckets(moto, stage);
    ssm = new SSMClient(moto.client);
    for (const name of Object.values(images)) await put(name, stock.linux);
    await put(stageParameter(stage.name), JSON.stringify(stage));
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const run = (args: string[], endpoint = moto.client.endpoint) =>
    ovenbird(["plan", "--on", "aws", ...args], {
      env: {
        ...{ ...bare, AWS_ENDPOINT_URL: endpoint, AWS_REGION: "eu-west-1" },
        ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      },
    });

  const planned = async (text: string, ...args: string[]): Promise<Planned> => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, text);
    const { status, stdout, stderr } = await run([path, "--stage", stage.name, "--json", ...args]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [plan] = JSON.parse(stdout) as Planned[];
    if (plan === undefined) throw new Error("a plan was asked for");
    return plan;
  };

  test("says all of a bake from a stock image, and asks AWS for nothing but reads", async () => {
    await using folder = await scratchFolder();
    await using front = await watched(moto);
    const more =
      "  configure:\n    - packages: [nginx]\n    - shell: nginx -t\n  tests: [nginx -t]\n";
    const path = await writeRecipe(folder.path, from(stock.linux, more));
    const { status, stdout, stderr } = await run([path, "--stage", stage.name], front.endpoint);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const shown = stdout.replaceAll(folder.path, "FOLDER").replaceAll(stage.name, "STAGE");
    await expect(shown).toMatchFileSnapshot("__snapshots__/plan-on-aws.txt");
    const verbs = front.calls.map((call) => call.replace(/^\w+\./, ""));
    expect(verbs.filter((verb) => !/^(?:Describe|Get|GET )/.test(verb))).toEqual([]);
    expect(verbs).toContain("DescribeImages");
    const { Images = [] } = await new EC2Client(moto.client).send(
      new DescribeImagesCommand({ Owners: ["self"] }),
    );
    expect(Images).toEqual([]);
  });

  test("knows a stock origin's size and processor, and that it is to be copied", async () => {
    const plan = await planned(from(stock.arm));
    expect(plan).toMatchObject({ architecture: "arm64", copy: "needed", problems: [] });
    expect(plan.stock).toMatchObject({ imageId: stock.arm });
    const own = plan.states.find(({ state }) => state === "ResolveOrigin");
    expect(own?.function).toBe(`ovenbird-${stage.name}-resolve-origin`);
    expect(own?.permissions.flatMap(({ actions }) => actions)).toContain("ec2:CopyImage");
    // with the first copy of its origin
    expect(plan.cost.total["orchestration"]).toBeLessThan(0.012);
    expect(plan.prices.date).toMatch(/^\d{4}-/);
  });

  test("tells what the operator's policy and a name's owner would refuse, with places", async () => {
    const policy = "policy:\n  images: [db-*]\n  instances: { sizes: [small] }\n";
    const order = { Bucket: stage.recipeBucket, Key: "policies/team.yaml", Body: policy };
    await s3.send(new PutObjectCommand(order));
    const text = recipeText("  instance_size: large\n");
    const { problems } = await planned(text, "--prefix", "team");
    expect(problems.map((line) => line.replace(/^.*small.yaml/, "small.yaml"))).toEqual([
      expect.stringMatching(/^small.yaml:2:9: the image name small is not allowed below team\//),
      expect.stringMatching(/^small.yaml:\d+:18: the size large is not allowed below team\//),
    ]);
    expect((await planned(text)).problems).toEqual([]);
  });

  test("tells that the image which a parameter names is of an owner whom the policy rejects", async () => {
    const policy =
      "policy:\n  origins: { parameters: ['/team/*'], owners: ['111122223333'], images: [] }\n";
    const order = { Bucket: stage.recipeBucket, Key: "policies/strict.yaml", Body: policy };
    await s3.send(new PutObjectCommand(order));
    await put("/team/base", stock.linux);
    const text = from("{ parameter: /team/base }");
    const { problems } = await planned(text, "--prefix", "strict");
    expect(problems).toEqual([
      expect.stringMatching(
        /small.yaml:3:11: owners: ami-760aaa0f .* is of \d+, which is none of .*by policies\/strict.yaml$/,
      ),
    ]);
  });

  test("refuses secrets of this machine, and tells of one that the stage may not read", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText(declared("{ file: token }")));
    const { status, stderr } = await run([path, "--stage", stage.name]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /small.yaml:7:42: the secret T is in the file token, which a bake in an/,
    );
    const { problems } = await planned(recipeText(declared("{ parameter: /other/token }")));
    expect(problems).toEqual([
      expect.stringMatching(
        new RegExp(
          `the secret T is /other/token, .* put it below /ovenbird/${stage.name}/secrets/$`,
        ),
      ),
    ]);
  });

  test("says which statements the policy of a key that is not the stage's needs", async () => {
    await using folder = await scratchFolder();
    await using front = await watched(moto);
    const path = await writeRecipe(folder.path, recipeText("  aws: { kms_key: alias/images }\n"));
    const { stdout } = await run([path, "--stage", stage.name, "--json"], front.endpoint);
    const [plan] = JSON.parse(stdout) as Planned[];
    const [told = "", ...statements] = plan?.notes ?? [];
    expect(told).toMatch(/^the key alias\/images is not the stage's, .* needs these statements:$/);
    const role = `arn:aws:iam::123456789012:role/of-ovenbird-${stage.name}`;
    expect(statements.map((text) => JSON.parse(text) as object)).toMatchObject([
      { Principal: { AWS: [`${role}-provision-builder`, `${role}-test-image`] } },
      { Action: ["kms:CreateGrant"] },
    ]);
    expect(plan?.problems).toEqual([expect.stringContaining("the KMS key alias/images is not")]);
  });

  test("a stock disk's file is refused, and a stage that is named and not there is not found", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, from("{ file: disk.raw }"));
    const { status, stderr } = await run([path, "--stage", stage.name]);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("imported on one machine only"),
    });
    expect((await run([path, "--stage", "nowhere"])).status).toBe(5);
  });
});

const without = {
  AWS_EC2_METADATA_DISABLED: "true",
  HOME: "/nonexistent",
  AWS_REGION: "eu-west-1",
};

describe("without an account", () => {
  test("a plan says what the recipe alone tells, and why there is no more", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(
      folder.path,
      recipeText("  subnet: ${IMAGE_BUILDER_SUBNET_ID}\n"),
    );
    const env = { ...bare, ...without };
    const { status, stdout, stderr } = await ovenbird(["plan", path, "--on", "aws"], { env });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^planned without an account: no credentials of an AWS account were found/,
    );
    expect(stdout).toMatch(/^stage +none was looked at$/m);
    expect(stdout).toMatch(/^orchestration +0\.00\d\d$/m);
    expect(stdout).toMatch(/^sum +\d+\.\d +the bake ends/m);
  });

  test("a plan for a stage that is named needs one", async () => {
    await using folder = await scratchFolder();
    const path = await writeRecipe(folder.path, recipeText());
    const args = ["plan", path, "--on", "aws", "--stage", "dev"];
    const { status, stderr } = await ovenbird(args, { env: { ...bare, ...without } });
    expect(status).toBe(3);
    expect(stderr).toContain("error: no credentials of an AWS account were found");
  });
});

test("--prefix is for AWS, as a plan for this machine would not look at it", async () => {
  const { status, stderr } = await ovenbird(["plan", "x.yaml", "--prefix", "team"]);
  expect(status).toBe(2);
  expect(stderr).toContain("--prefix is only for plans --on aws");
});
