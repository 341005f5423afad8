import type { EC2Client } from "@aws-sdk/client-ec2";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { Stage } from "../stage.ts";

/** What origins are found with. */
export interface OriginsAccount {
  ec2: EC2Client;
  ssm: SSMClient;
  s3: S3Client;
  stage: Pick<Stage, "name" | "account" | "region" | "keyArn" | "artifactBucket">;
  /** Milliseconds for which a look is for all bakes; as in told.ts if absent. */
  fresh?: number;
  /** Milliseconds since the epoch; the clock's if absent. */
  now?: () => number;
}

export const nowOf = ({ now = Date.now }: Pick<OriginsAccount, "now">): number => now();
