import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { NetworkMode, StageName } from "../aws/stage.ts";

/** Days for which CloudWatch Logs can keep lines: it takes no other numbers. */
const retentions = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557],
  ...[2922, 3288, 3653],
];

const retention = `one of ${retentions.join(", ")}`;

const whole = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
};

/** Ubuntu 24.04 LTS, which has the SSM agent, and whose archive has all that bakes need. */
const ubuntu = (architecture: string) =>
  `/aws/service/canonical/ubuntu/server/24.04/stable/current/${architecture}/hvm/ebs-gp3/ami-id`;

const name = "the name of an SSM parameter that holds an AMI's id, with its leading slash";
const imageParameter = z.string(name).regex(/^\/[\w./-]+$/, name);

const keyArn = "the ARN of the key, not an alias: statements name it";
const publicKey = "what `aws kms get-public-key --query PublicKey --output text` prints";

const isPublicKey = (base64: string): boolean => {
  try {
    const key = Buffer.from(base64, "base64");
    const { asymmetricKeyDetails } = createPublicKey({ key, type: "spki", format: "der" });
    return asymmetricKeyDetails?.namedCurve === "prime256v1";
  } catch {
    return false;
  }
};

/** What a stage may be given; all of it may be left out. */
export const StageParameters = z.strictObject(
  {
    /** How builders reach package repositories. */
    network: z
      .enum(NetworkMode.options, `one of ${NetworkMode.options.join(", ")}`)
      .default("public"),
    /** Availability zones: where one has no capacity, the next is tried. */
    zones: whole(1, 6).default(2),
    /** Builders at once; a bake beyond that waits. */
    most_builders: whole(1, 1000).default(20),
    /** Machines a second that EC2 lets the account start: its rate of RunInstances. */
    launches_per_second: whole(1, 100).default(2),
    /** Hours after which a builder ends itself. */
    builder_lifetime: whole(1, 48).default(26),
    /** SSM parameters of the images that builders boot. */
    builder_images: z
      .strictObject(
        {
          x86_64: imageParameter.default(ubuntu("amd64")),
          arm64: imageParameter.default(ubuntu("arm64")),
        },
        "a parameter for x86_64, for arm64, or for both",
      )
      .prefault({}),
    /** Another number makes another key that signs statements. */
    signing_key: whole(1, 99).default(1),
    /** Keys that signed before it, whose statements still hold. */
    earlier_signing_keys: z
      .array(
        z.strictObject(
          {
            key: z.string(keyArn).regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, keyArn),
            public_key: z.string(publicKey).refine(isPublicKey, publicKey),
          },
          "the key's ARN as key, and its public half as public_key",
        ),
        "a list of keys",
      )
      .max(4, "at most 4: a function's environment has room for no more")
      .default([]),
    /** Is told of every bake's end, and of alarms. */
    email: z.email("an e-mail address").optional(),
    /** Days. */
    log_retention: z
      .int(retention)
      .refine((days) => retentions.includes(days), retention)
      .default(90),
    /** Whether announcements are written to a log group, beside being told. */
    log_announcements: z.boolean("true or false").default(false),
    /** Whether buckets, key and logs go when the stage is removed. */
    disposable: z.boolean("true or false").default(false),
  },
  "parameters, each with its name",
);
export type StageParameters = z.output<typeof StageParameters>;

/** A stage with its parameters. */
export interface StageSettings {
  name: string;
  parameters: StageParameters;
}

/** Parameters of a stage that are wrong; the message says which, and what would be right. */
export class WrongParameters extends Error {
  static {
    this.prototype.name = "WrongParameters";
  }
}

/** Those of `deploy/stages/NAME.yaml`, or what holds without that file. Throws WrongParameters. */
export const readSettings = (name: string, top = "."): StageSettings => {
  if (!StageName.safeParse(name).success) {
    const right = "lower-case letters, digits and dashes, 20 at most, a letter first";
    throw new WrongParameters(`"${name}" cannot be the name of a stage: it is made of ${right}`);
  }
  const file = join("deploy/stages", `${name}.yaml`);
  const path = join(top, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return { name, parameters: parseParameters(text, file) };
};

/** Throws WrongParameters. */
export const parseParameters = (text: string, file: string): StageParameters => {
  const parsed = StageParameters.safeParse(valueOf(text, file) ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  // of one value two checks may say the same
  const sentences = new Set(parsed.error.issues.map((issue) => sentence(file, issue)));
  throw new WrongParameters([...sentences].join("\n"));
};

const valueOf = (text: string, file: string): unknown => {
  try {
    return parse(text);
  } catch (error) {
    throw new WrongParameters(`${file} is not YAML: ${(error as Error).message}`, { cause: error });
  }
};

const knownIn = (place: string): object =>
  place.startsWith("earlier") ? { key: "", public_key: "" } : { x86_64: "", arm64: "" };

const sentence = (file: string, issue: z.core.$ZodIssue): string => {
  const place = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = place === "" ? StageParameters.shape : knownIn(place);
    return `${file}: there is no parameter ${issue.keys.join(", ")}; there are ${Object.keys(known).join(", ")}`;
  }
  const given = JSON.stringify(issue.input);
  return `${file}: ${place === "" ? "it" : place} is ${given}; right would be ${issue.message}`;
};
