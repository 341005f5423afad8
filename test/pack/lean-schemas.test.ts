import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leanSchemas, withPlainKeys } from "../../pack/lean-schemas.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/*
 * Functions are built with shortened descriptions of the SDK's calls (pack/lean-schemas.ts). What
 * they send and read is decided by these alone, so they have to be the SDK's own, every one.
 */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

type Module = Record<string, unknown>;

const require = createRequire(import.meta.url);

/** A module of that text, bundled with the plugin or without. */
const bundled = async (name: string, contents: string, isLean: boolean): Promise<Module> => {
  const outfile = join(folder.path, `${name}-${isLean ? "lean" : "whole"}.cjs`);
  await build({
    ...{ stdin: { contents, resolveDir: "." }, outfile, bundle: true, logLevel: "warning" },
    ...{ platform: "node", format: "cjs", target: "node24", mainFields: ["module", "main"] },
    plugins: isLean ? [leanSchemas] : [],
  });
  return require(outfile) as Module; // vitest would read an import's text first
};

/**
 * Where two descriptions differ: they name others by functions, which are called, and each pair is
 * looked at once, as they name each other in circles.
 */
const differences = (one: unknown, other: unknown, at: string, seen: Set<unknown>): string[] => {
  if (typeof one === "function" && typeof other === "function") {
    return isSchema(one) && isSchema(other) ? differences(one(), other(), at, seen) : [];
  }
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return Object.is(one, other) ? [] : [at];
  }
  if (seen.has(one)) return [];
  seen.add(one);
  const keys = Object.keys(one);
  if (keys.join() !== Object.keys(other).join()) return [at];
  const [mine, theirs] = [one as Module, other as Module];
  return keys.flatMap((key) => differences(mine[key], theirs[key], `${at}.${key}`, seen));
};

/** Not the class of an error, which is the same in both. */
const isSchema = (value: object): value is () => unknown => !Object.hasOwn(value, "prototype");

const clients = readdirSync("node_modules/@aws-sdk").filter((name) => name.startsWith("client-"));

test.each(clients)("every description of a call in %s is the SDK's own", async (client) => {
  const contents = `export * from "./node_modules/@aws-sdk/${client}/dist-es/schemas/schemas_0.js"`;
  const lean = await bundled(client, contents, true);
  const whole = await bundled(client, contents, false);
  expect(Object.keys(lean).length).toBeGreaterThan(20);
  expect(differences({ ...lean }, { ...whole }, client, new Set())).toEqual([]);
});

/** Sends calls with the given clients' code, and answers what went over the wire. */
const calls = `
  import { EC2Client, RunInstancesCommand, RegisterImageCommand, DescribeSnapshotsCommand, CreateTagsCommand } from "@aws-sdk/client-ec2";
  import { S3Client, CopyObjectCommand } from "@aws-sdk/client-s3";
  import { SSMClient, SendCommandCommand } from "@aws-sdk/client-ssm";
  import { HttpResponse } from "@smithy/core/transport";
  import { Readable } from "node:stream";
  const tags = (ResourceType) => [{ ResourceType, Tags: [{ Key: "a", Value: "1 & 2" }] }];
  const xml = '<DescribeSnapshotsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>' +
    '<snapshotSet><item><snapshotId>snap-1</snapshotId><status>completed</status><startTime>2026-01-01T00:00:00.000Z</startTime>' +
    '<volumeSize>8</volumeSize><encrypted>true</encrypted><tagSet><item><key>k</key><value>v</value></item></tagSet></item></snapshotSet></DescribeSnapshotsResponse>';
  export const told = async () => {
    const sent = [];
    const requestHandler = {
      async handle({ method, path, query, body }) {
        const told = typeof body === "string" ? body : new TextDecoder().decode(body);
        sent.push({ method, path, query, body: told });
        const text = told.includes("DescribeSnapshots") ? xml : told.startsWith("{") ? "{}" : "<r></r>";
        return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([Buffer.from(text)]) }) };
      },
    };
    const given = { region: "eu-west-1", requestHandler, credentials: { accessKeyId: "a", secretAccessKey: "b" } };
    const [ec2, s3, ssm] = [new EC2Client(given), new S3Client(given), new SSMClient(given)];
    const answers = [
      await ec2.send(new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1, ClientToken: "t", UserData: "dQ==",
        InstanceType: "t3.small", SecurityGroupIds: ["sg-1"], IamInstanceProfile: { Name: "p" }, TagSpecifications: tags("instance"),
        BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 8, Encrypted: true, DeleteOnTermination: true, VolumeType: "gp3" } }],
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 }, InstanceMarketOptions: { MarketType: "spot", SpotOptions: { SpotInstanceType: "one-time" } } })),
      await ec2.send(new RegisterImageCommand({ Name: "n", Architecture: "arm64", VirtualizationType: "hvm", BootMode: "uefi", EnaSupport: true,
        UefiData: "AA", ImdsSupport: "v2.0", TagSpecifications: tags("image"), BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId: "snap-1" } }] })),
      await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [{ Name: "tag:a", Values: ["b", "c"] }], MaxResults: 100 })),
      await ec2.send(new CreateTagsCommand({ Resources: ["i-1", "i-2"], Tags: [{ Key: "k", Value: "" }] })),
      await s3.send(new CopyObjectCommand({ Bucket: "b", Key: "k/é", CopySource: "a/b", ChecksumAlgorithm: "SHA256" })),
      await ssm.send(new SendCommandCommand({ DocumentName: "d", InstanceIds: ["i-1"], Parameters: { commands: ["a", "b"] } })),
    ];
    return { sent, answers };
  };`;

const told = async (isLean: boolean) =>
  ((await bundled("calls", calls, isLean))["told"] as () => Promise<{ sent: object[] }>)();

test("calls send the same requests, and read the same answers", async () => {
  const [lean, whole] = [await told(true), await told(false)];
  expect(lean.sent).toHaveLength(6);
  expect(JSON.stringify(lean)).toEqual(JSON.stringify(whole));
  expect(JSON.stringify(lean)).toContain("BlockDeviceMapping.1.Ebs.VolumeSize=8");
  expect(JSON.stringify(lean)).toContain('"VolumeSize":8');
});

test("a key that is no constant of the module stays as it is", () => {
  const text = 'const _a = "A";\nvar x = [0, { [_a]: 1, [_b]: 2 }];';
  expect(withPlainKeys(text)).toBe('const _a = "A";\nvar x = [0, { "A": 1, [_b]: 2 }];');
});
