import { bakeMachineArn } from "../../aws/bake-machine.ts";
import type { Stage } from "../../aws/stage.ts";
import { arn, type Places } from "../../stacks/permissions/permission.ts";

/**
 * Where a stage's things are, as the stacks narrow permissions to them. Of the builders' role the
 * stage knows no name, only the instance profile that has it.
 */
export const placesOf = (stage: Stage): Places => {
  const { name, account, region, keyArn, agentLogGroup, documentName } = stage;
  const partition = keyArn.split(":")[1] ?? "aws";
  const here = { partition, region, account };
  const bucket = (named: string) => `arn:${partition}:s3:::${named}`;
  return {
    ...{ ...here, stage: name, key: keyArn, topic: stage.topicArn },
    signingKey: stage.signingKeyArn,
    recipeBucket: bucket(stage.recipeBucket),
    artifactBucket: bucket(stage.artifactBucket),
    document: arn(here, "ssm", `document/${documentName}`),
    stateMachine: bakeMachineArn(stage),
    executions: `${bakeMachineArn(stage).replace(":stateMachine:", ":execution:")}:*`,
    bus: arn(here, "events", "event-bus/default"),
    agentLog: arn(here, "logs", `log-group:${agentLogGroup}`),
    builderRole: `the role of the instance profile ${stage.builders.instanceProfile}`,
    packages: Object.values(stage.agentPackages).map(
      ({ bucket: of, key }) => `${bucket(of)}/${key}`,
    ),
    imageParameters: Object.values(stage.builders.imageParameters).map((parameter) =>
      arn(
        parameter.startsWith("/aws/service/") ? { ...here, account: "" } : here,
        "ssm",
        `parameter${parameter}`,
      ),
    ),
  };
};
