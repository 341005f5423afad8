import { EC2Client } from "@aws-sdk/client-ec2";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { type BuilderImage, builderImage } from "../../aws/builder/image.ts";
import { s3Drops } from "../../aws/drops.ts";
import { functionName } from "../../aws/function-name.ts";
import { s3Names } from "../../aws/names.ts";
import { lookAtOrigin, type LookedAt } from "../../aws/origin/look.ts";
import { readStage } from "../../aws/read-stage.ts";
import { retries } from "../../aws/retries.ts";
import type { Stage } from "../../aws/stage.ts";
import type { Names } from "../../core/drops.ts";
import { NotFound, NotReady } from "../../core/errors.ts";
import type { Architecture } from "../../core/job.ts";
import { policiesIn, type Policies } from "../../core/operator-policy/find.ts";
import type { OriginReference } from "../../core/origin.ts";
import { openS3, stageNameOf } from "./cloud.ts";
import { inAwsWords } from "./in-words.ts";

/** A stage as a plan sees it: nothing here writes. */
export interface Account {
  stage: Stage;
  /** What a bake would start from. Throws NotFound, OriginRefused. */
  origin(reference: OriginReference): Promise<LookedAt>;
  /** What builders boot. Throws BuilderFailed. */
  builderImage(architecture: Architecture): Promise<BuilderImage>;
  policies: Policies;
  names: Pick<Names, "owner">;
  /** The ARN of the role that a function has. */
  roleOf(name: string): Promise<string>;
}

/** Opens a stage by its name to look at. Throws NotFound, UsageError. */
export const openAccount = async (given: string | undefined): Promise<Account> => {
  const stage = await readStage(new SSMClient(retries), stageNameOf(given));
  const config = { ...retries, region: stage.region };
  const clients = { ec2: new EC2Client(config), ssm: new SSMClient(config), s3: openS3(config) };
  const world = { ...clients, stage };
  const lambda = new LambdaClient(config);
  return {
    stage,
    origin: (reference) => lookAtOrigin(world, reference),
    builderImage: (architecture) => builderImage(world, architecture),
    policies: policiesIn(s3Drops(world), {
      stage: stage.name,
      subnets: stage.network.subnets.map(({ subnetId }) => subnetId),
      securityGroups: [stage.network.securityGroupId],
      keys: [stage.keyArn],
    }),
    names: s3Names(world),
    async roleOf(name) {
      const FunctionName = functionName(stage.name, name);
      const ask = new GetFunctionConfigurationCommand({ FunctionName });
      return (await lambda.send(ask)).Role ?? "";
    },
  };
};

/**
 * The same where a stage is named, by option or environment; where none is, and there is no account
 * or no stage `dev` in it, why there is nothing to look at.
 */
export const openAccountIfAny = async (
  given: string | undefined,
): Promise<Account | { absent: string }> => {
  const isNamed = given !== undefined || process.env["OVENBIRD_STAGE_NAME"] !== undefined;
  try {
    return await openAccount(given);
  } catch (error) {
    const told = inAwsWords(error);
    if (!isNamed && (told instanceof NotReady || told instanceof NotFound)) {
      return { absent: told.message };
    }
    throw error;
  }
};
