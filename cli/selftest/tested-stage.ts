import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SFNClient } from "@aws-sdk/client-sfn";
import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { ssmAgents } from "../../aws/agents.ts";
import { loggedAnnouncements } from "../../aws/announcement-log.ts";
import { s3Artifacts } from "../../aws/artifacts.ts";
import { builderEnd } from "../../aws/builder-end.ts";
import { ec2Builders } from "../../aws/builders.ts";
import { bucketsOf, emptyBucket } from "../../aws/empty-bucket.ts";
import { imageOfId } from "../../aws/find-images.ts";
import { ec2Images } from "../../aws/images.ts";
import { latestParameter } from "../../aws/latest-image.ts";
import { isNamed } from "../../aws/named-error.ts";
import { removeUnusedCopies } from "../../aws/origin/remove-copies.ts";
import { remainsOf } from "../../aws/remains.ts";
import { retireImage } from "../../aws/retire-image.ts";
import { ec2Snapshots } from "../../aws/snapshots.ts";
import type { Stage } from "../../aws/stage.ts";
import { ec2TestMachines } from "../../aws/test-machines.ts";
import { releaseBake } from "../../functions/release-bake.ts";
import { cloudOf } from "../aws/cloud.ts";
import type { TestedStage } from "./ports.ts";

/** What a stage is looked into with. */
export interface Clients {
  ec2: EC2Client;
  ssm: SSMClient;
  s3: S3Client;
  sfn: SFNClient;
  logs: CloudWatchLogsClient;
}

/** Days since its last use after which a copy of a stock image goes: of all, as of tomorrow. */
const unusedAtOnce = -1;

/** A stage over these clients. */
export const testedStage = (clients: Clients, stage: Stage): TestedStage => {
  const aws = { ...clients, stage };
  const release = releaseBake(releasesOf(clients, stage));
  return {
    ...cloudOf(clients, stage),
    told: () => loggedAnnouncements(aws),
    remains: () => remainsOf(aws),
    image: (imageId) => imageOfId(aws, imageId),
    latest: (recipe) => valueOf(aws, latestParameter(stage, recipe)),
    release: (bake) => release({ bake }, {}),
    retire: (imageId) => retireImage(aws, imageId),
    async removeCopies() {
      await removeUnusedCopies(aws, unusedAtOnce, false);
    },
    emptyRecipes: () => emptyBucket(aws.s3, stage.recipeBucket),
    async empty() {
      for (const bucket of await bucketsOf(aws)) await emptyBucket(aws.s3, bucket);
    },
  };
};

/** As handlers/shared/releases.ts has them in a function. */
const releasesOf = (clients: Clients, stage: Stage) => {
  const aws = { ...clients, stage };
  return {
    agents: ssmAgents({ ...aws, builderEnd: builderEnd(clients) }),
    builders: ec2Builders(aws),
    testMachines: ec2TestMachines({ ...aws, artifacts: s3Artifacts(aws) }),
    images: ec2Images(aws),
    snapshots: ec2Snapshots(aws),
  };
};

const valueOf = async ({ ssm }: Clients, Name: string): Promise<string | undefined> => {
  try {
    return (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;
  } catch (error) {
    if (isNamed(error, "ParameterNotFound")) return undefined;
    throw error;
  }
};
