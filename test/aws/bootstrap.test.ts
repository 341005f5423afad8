import { execFile, spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentDocument } from "../../aws/document.ts";
import type { DocumentParameters } from "../../aws/document-parameters.ts";
import { AgentResult, type ResolvedRecipe } from "../../core/job.ts";
import { seal } from "../../core/sealed.ts";
import { bundle } from "../../pack/bundle.ts";
import { findCommand } from "../../local/requirements/search-path.ts";
import { recipeOf } from "../support/agent-run.ts";
import {
  fakeImds,
  imdsCredentials,
  type LocalServer,
  recordingProxy,
  type Recorded,
} from "../support/fake-imds.ts";
import { disk, someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { recordedSys } from "../support/recorded-sys.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

const bucket = "builder-test";
const prefix = "builders/AROATEST:i-0123456789abcdef0/";
const logGroup = "/ovenbird/test/agents";
const volumeId = "vol-0f1e2d3c4b5a69788";

/** An agent that tells what it was given, and does what its recipe's description says. */
const fakeAgent = `
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
const [jobPath, resultPath] = process.argv.slice(2);
const job = JSON.parse(await readFile(jobPath, "utf8"));
const secrets = JSON.parse(await text(process.stdin));
await appendFile(new URL("../../runs", import.meta.url), job.bake + "\\n");
const say = (text) => console.log(JSON.stringify({ event: "step-output", at: Date.now(), step: "fake", text }));
say("disk " + job.disk);
say("bundle " + (await readdir(job.bundle)).join(" "));
say("secrets " + Object.entries(secrets).map(([name, value]) => name + ":" + value.length).join(" "));
for (let at = 0; at < 200; at++) say("line " + at);
if (job.recipe.description === "hang") await new Promise((end) => setTimeout(end, 60000));
if (job.recipe.description === "die") process.exit(9);
await writeFile(job.inventory, "an inventory");
await writeFile(resultPath, JSON.stringify({ status: "succeeded", disk: ${JSON.stringify(disk)} }));
`;

describe.skipIf(noMoto !== "")(`a builder's start${noMoto}`, () => {
  let moto: Moto;
  let proxy: LocalServer & { requests: Recorded[] };
  let imds: LocalServer;
  let folder: TemporaryFolder;
  let s3: S3Client;
  let logs: CloudWatchLogsClient;
  let agent: Buffer;
  const sys = () => join(folder.path, "sys");

  beforeAll(async () => {
    [moto, imds, folder] = await Promise.all([openMoto(), fakeImds(), temporaryFolder()]);
    proxy = await recordingProxy(moto.client.endpoint);
    s3 = new S3Client({ ...moto.client, forcePathStyle: true });
    logs = new CloudWatchLogsClient(moto.client);
    const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
    await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: logGroup }));
    agent = await packFake(join(folder.path, "package"));
    await put("agent.tar.gz", agent);
    await recordedSys(sys(), [
      { at: "pci0000:00/nvme/nvme1/nvme1n1", number: "259:1", serial: volumeId.replace("-", "") },
    ]);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await imds[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const put = (file: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${file}`, Body }));
  const remove = (file: string) =>
    s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}${file}` }));
  const given = async (file: string): Promise<string | undefined> => {
    const order = { Bucket: bucket, Key: `${prefix}${file}` };
    const answer = await s3.send(new GetObjectCommand(order)).catch(() => undefined);
    return answer?.Body?.transformToString();
  };
  const result = async () => AgentResult.parse(JSON.parse((await given("result.json")) ?? "null"));
  const told = async (bake: string) => {
    const names = { logGroupName: logGroup, logStreamName: bake };
    const order = { ...names, startFromHead: true };
    const { events = [] } = await logs.send(new GetLogEventsCommand(order));
    return events.map(({ message = "" }) => JSON.parse(message) as { event: string; text: string });
  };

  /** Puts a bake's order into the folder; what the command is told of it. */
  const order = async (recipe: Partial<ResolvedRecipe> = {}): Promise<DocumentParameters> => {
    const bake = someBake();
    const text = JSON.stringify({
      ...{ bake, volumeId, architecture: "x86_64", rootVolumeSize: 1 },
      recipe: recipeOf({ origin: { kind: "recipe", recipe: "base" }, ...recipe }),
      origin: { kind: "image", imageId: "ami-00000000", name: "base" },
      bundle: { sha256: await bundleIn("motd") },
    });
    await Promise.all([put("job.json", text), remove("result.json"), remove("inventory.json.gz")]);
    return {
      ...{ bake, bucket, prefix, region: "eu-west-1", logGroup, executionTimeout: "600" },
      ...{ agentSha256: sha256(agent), orderSha256: sha256(text) },
    };
  };
  const bundleIn = async (file: string): Promise<string> => {
    const work = join(folder.path, "bundle");
    await mkdir(work, { recursive: true });
    await writeFile(join(work, file), "hello\n");
    await run("tar", ["-czf", join(folder.path, "bundle.tar.gz"), "-C", work, file]);
    const bytes = await readFile(join(folder.path, "bundle.tar.gz"));
    await put("bundle.tar.gz", bytes);
    return sha256(bytes);
  };

  const home = () => join(folder.path, "home");
  const runs = async () =>
    (await readFile(join(home(), "runs"), "utf8").catch(() => "")).split("\n");

  /** Runs the document's script as Systems Manager does, on a machine with the recorded /sys. */
  const start = (parameters: DocumentParameters, path = systemPath) => {
    const script = scriptOf(parameters);
    const child = spawn(
      "unshare",
      [...["--mount", "sh", "-c", 'mount --bind "$1" /sys && exec sh -s <&3', "sh", sys()]],
      {
        stdio: ["ignore", "pipe", "pipe", "pipe"],
        env: {
          ...{ PATH: path, OVENBIRD_HOME: home(), HOME: folder.path },
          ...{ AWS_EC2_METADATA_SERVICE_ENDPOINT: `${imds.endpoint}/` },
          AWS_ENDPOINT_URL: proxy.endpoint,
        },
      },
    );
    (child.stdio[3] as NodeJS.WritableStream).end(script);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: Buffer) => (said += text.toString("utf8")));
    }
    const ended = once(child, "close").then(([status]) => ({ status: status as number, said }));
    return { child, ended };
  };

  test("fetches, verifies and runs the agent, and gives its lines, inventory and result", async () => {
    const parameters = await order();
    expect(await start(parameters).ended).toEqual({ status: 0, said: "" });
    const steps = [{ name: "Prepare the builder", status: "succeeded" }];
    expect(await result()).toMatchObject({ status: "succeeded", disk, steps });
    expect(await given("inventory.json.gz")).toBe("an inventory");
    expect(await given("alive")).toMatch(/^20/);
    const texts = (await told(parameters.bake)).map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining([`${volumeId} is /dev/nvme1n1`, "disk /dev/nvme1n1", "bundle motd"]),
    );
    const lines = texts.filter((text) => text?.startsWith("line "));
    expect(lines).toEqual(Array.from({ length: 200 }, (_, at) => `line ${at}`));
  });

  test("signs its request for the agent as S3 wants it, with the instance's credentials", async () => {
    proxy.requests.length = 0;
    const fresh = await packFake(join(folder.path, "fresh"), "// another");
    await put("agent.tar.gz", fresh);
    const parameters = { ...(await order()), agentSha256: sha256(fresh) };
    expect(await start(parameters).ended).toEqual({ status: 0, said: "" });
    const [first] = proxy.requests;
    expect(first?.url).toBe(`/${bucket}/${prefix.replace(":", "%3A")}agent.tar.gz`);
    expect(first?.headers["x-amz-security-token"]).toBe(imdsCredentials.Token);
    expect(first?.headers["user-agent"]).toMatch(/^curl/);
    expect(first && signatureIn(first)).toBe(first && signatureOf(first));
    await put("agent.tar.gz", agent);
  });

  const aws = findCommand("aws");
  const noAws = aws === undefined ? " (skipped: there is no AWS CLI)" : "";
  test.skipIf(noAws !== "")(`fetches by the AWS CLI where there is one${noAws}`, async () => {
    proxy.requests.length = 0;
    const fresh = await packFake(join(folder.path, "cli"), "// a third");
    await put("agent.tar.gz", fresh);
    const parameters = { ...(await order()), agentSha256: sha256(fresh) };
    const path = `${dirname(aws ?? "")}:${systemPath}`;
    expect(await start(parameters, path).ended).toEqual({ status: 0, said: "" });
    expect(proxy.requests[0]?.headers["user-agent"]).toMatch(/^aws-cli/);
    await put("agent.tar.gz", agent);
  });

  test("refuses a package of another checksum, and leaves nothing of it", async () => {
    const parameters = { ...(await order()), agentSha256: "0".repeat(64) };
    const { status, said } = await start(parameters).ended;
    expect(status).toBe(1);
    expect(said).toBe(
      `ovenbird: agent.tar.gz has the SHA-256 ${sha256(agent)}, and ${"0".repeat(64)} was ordered\n`,
    );
    expect((await readdir(home())).filter((name) => /part|0000/.test(name))).toEqual([]);
    expect(await given("result.json")).toBeUndefined();
  });

  test("refuses an order of another checksum by a result", async () => {
    const parameters = { ...(await order()), orderSha256: "0".repeat(64) };
    expect(await start(parameters).ended).toEqual({ status: 0, said: "" });
    expect(await result()).toMatchObject({ status: "failed", error: "CorruptRecord" });
    expect(await runs()).not.toContain(parameters.bake);
  });

  test("started twice at once and once more, the agent runs once, and its result is there again", async () => {
    const parameters = await order();
    const both = await Promise.all([start(parameters).ended, start(parameters).ended]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    await remove("result.json");
    expect((await start(parameters).ended).status).toBe(0);
    expect(await result()).toMatchObject({ status: "succeeded", disk });
    expect((await runs()).filter((bake) => bake === parameters.bake)).toHaveLength(1);
  });

  test("for an agent that ends without a result there is one that says so", async () => {
    const parameters = await order({ description: "die" });
    expect((await start(parameters).ended).status).toBe(0);
    expect(await result()).toMatchObject({
      ...{ status: "failed", error: "AgentDied" },
      message: expect.stringMatching(/^the agent .*before it had a result$/),
    });
  });

  test("after a start that was killed, the disk is not begun again, and the agent is gone", async () => {
    const parameters = await order({ description: "hang" });
    const { child, ended } = start(parameters);
    for (let tries = 0; tries < 200 && !(await runs()).includes(parameters.bake); tries++) {
      await sleep(100);
    }
    child.kill("SIGKILL");
    await ended;
    expect((await start(parameters).ended).status).toBe(0);
    expect(await result()).toMatchObject({ status: "failed", error: "AgentDied" });
    expect((await runs()).filter((bake) => bake === parameters.bake)).toHaveLength(1);
    const { stdout } = await run("ps", ["-eo", "args"]);
    expect(stdout).not.toContain(`bakes/${parameters.bake}/job.json`);
  });

  test("secrets come sealed, are on no disk of the builder, and are gone from the bucket", async () => {
    const from = { parameter: "/team/token" };
    const parameters = await order({ secrets: [{ name: "TOKEN", from }] });
    const { ended } = start(parameters);
    let pem: string | undefined;
    for (let tries = 0; tries < 200 && pem === undefined; tries++) {
      await sleep(100);
      pem = await given("secrets.pem");
    }
    await put("secrets.sealed", seal(pem ?? "", JSON.stringify({ TOKEN: "hunter22" })));
    expect((await ended).status).toBe(0);
    expect((await told(parameters.bake)).map(({ text }) => text)).toContain("secrets TOKEN:8");
    expect(await given("secrets.sealed")).toBeUndefined();
    expect(await given("secrets.pem")).toBeUndefined();
    await expect(run("grep", ["-r", "hunter22", home()])).rejects.toMatchObject({ code: 1 });
  });
});

/** Where this machine's system tools are, and no AWS CLI of a user's. */
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** The real starter and a fake agent, beside this machine's own Node. */
const packFake = async (stage: string, more = ""): Promise<Buffer> => {
  await mkdir(stage);
  await bundle({ entryPoints: ["agent/builder/main.ts"], outdir: stage });
  await writeFile(join(stage, "agent/main.js"), `${fakeAgent}${more}`);
  await writeFile(join(stage, "package.json"), '{"type":"module","version":"0.0.0"}');
  const node = `#!/bin/sh\nexec ${process.execPath} "$@"\n`;
  await writeFile(join(stage, "node"), node, { mode: 0o755 });
  await run("tar", ["-czf", `${stage}.tar.gz`, "-C", stage, "."]);
  return readFile(`${stage}.tar.gz`);
};

/** The document's script with parameters in it, as Systems Manager puts them there. */
const scriptOf = (parameters: DocumentParameters): string => {
  const [step] = agentDocument().mainSteps;
  const script = (step?.inputs.runCommand ?? []).join("\n");
  return script.replaceAll(
    /\{\{ *(\w+) *\}\}/g,
    (_, name: string) => parameters[name as keyof DocumentParameters],
  );
};

const authorization = ({ headers }: Recorded) =>
  /Credential=[^/]+\/(?<scope>[^,]+), *SignedHeaders=(?<names>[^,]+), *Signature=(?<signature>\w+)/.exec(
    headers.authorization ?? "",
  )?.groups ?? {};

const signatureIn = (request: Recorded) => authorization(request)["signature"];

const mac = (key: string | Buffer, part: string) => createHmac("sha256", key).update(part).digest();

/**
 * The signature that AWS would make of a request.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const signatureOf = (request: Recorded): string => {
  const { scope = "", names = "" } = authorization(request);
  const { method, url, headers } = request;
  expect(names.split(";")).toEqual(expect.arrayContaining(["host", "x-amz-security-token"]));
  const lines = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const payload = String(headers["x-amz-content-sha256"]);
  const canonical = [method, url, "", lines.join(""), names, payload].join("\n");
  const date = String(headers["x-amz-date"]);
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce(mac, Buffer.from(`AWS4${imdsCredentials.SecretAccessKey}`));
  return mac(key, text).toString("hex");
};
