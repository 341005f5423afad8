import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Stack } from "aws-cdk-lib";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Construct } from "constructs";
import type { Stage } from "../aws/stage.ts";
import type { Architecture } from "../core/job.ts";
import { type Built, madeByBuild } from "./built.ts";

/** The agent with its Node, uploaded before the stack is: by their content they have their keys. */
export class Packages extends Construct {
  /** As functions are told of them. */
  readonly facts: Stage["agentPackages"];
  readonly arns: string[];

  constructor(scope: Construct, id: string, files: Built["agentPackages"]) {
    super(scope, id);
    const [x86_64, arm64] = [this.#upload("x86_64", files), this.#upload("arm64", files)];
    this.facts = { x86_64: x86_64.facts, arm64: arm64.facts };
    this.arns = [x86_64.arn, arm64.arn];
  }

  #upload(architecture: Architecture, files: Built["agentPackages"]) {
    const path = madeByBuild(files[architecture]);
    const { s3BucketName: bucket, s3ObjectKey: key } = new Asset(this, architecture, { path });
    const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
    const arn = `arn:${Stack.of(this).partition}:s3:::${bucket}/${key}`;
    return { arn, facts: { bucket, key, sha256 } };
  }
}
