import type { Metafile } from "esbuild";

/** IAM's prefixes by the names of clients. */
const services: Record<string, string> = {
  ...{ sfn: "states", eventbridge: "events", "cloudwatch-logs": "logs" },
};

/** Actions of IAM whose names are not those of the calls. */
const actions: Record<string, string[]> = {
  "s3:HeadObject": ["s3:GetObject"],
  "s3:CopyObject": ["s3:GetObject", "s3:PutObject"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
};

/** S3's client has it in it for a kind of bucket that is not used. */
const unused = new Set(["s3:CreateSession"]);

/** What those files that esbuild wrote were made of. */
export const inputsOf = (outputs: Metafile["outputs"], isMeant: (path: string) => boolean) =>
  Object.entries(outputs)
    .filter(([path]) => isMeant(path))
    .flatMap(([, { inputs }]) => Object.entries(inputs));

/** `service:Call` of every command of the SDK's that is in it. */
export const callsIn = (inputs: ReturnType<typeof inputsOf>): string[] =>
  inputs.flatMap(([file, { bytesInOutput }]) => {
    // the one request that no client of the SDK's makes
    if (file.endsWith("aws/inspector.ts")) return ["inspector-scan:ScanSbom"];
    const found = /@aws-sdk\/client-([\w-]+)\/dist-es\/commands\/(\w+)Command\.js$/.exec(file);
    if (found === null || bytesInOutput === 0) return [];
    const [, client = "", call = ""] = found;
    return [`${services[client] ?? client}:${call}`].filter((one) => !unused.has(one));
  });

/** What IAM has to allow for a call. */
export const actionsOf = (call: string): string[] => actions[call] ?? [call];
