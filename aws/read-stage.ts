import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { NotFound } from "../core/errors.ts";
import { isNamed } from "./named-error.ts";
import { Stage } from "./stage.ts";

/** The parameter in which the stacks tell what they made: Stage as JSON. */
export const stageParameter = (name: string): string => `/ovenbird/${name}/stage`;

/** Throws NotFound where there is no such stage in the account and region. */
export const readStage = async (ssm: SSMClient, name: string): Promise<Stage> => {
  const Name = stageParameter(name);
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    return Stage.parse(JSON.parse(Parameter?.Value ?? "null"));
  } catch (error) {
    if (!isNamed(error, "ParameterNotFound")) throw error;
    const region = await ssm.config.region();
    throw new NotFound(
      `there is no stage ${name} in ${region}, or not in this account: deploy it, or choose another by --stage or AWS_REGION`,
      { cause: error },
    );
  }
};
