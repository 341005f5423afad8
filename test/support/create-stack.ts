import { setTimeout as sleep } from "node:timers/promises";
import type { Moto } from "./moto.ts";

/*
 * CloudFormation by its query protocol: its client is no package of this project.
 */

/** Deploys a template; throws why it failed. */
export const createStack = async (moto: Moto, name: string, template: string): Promise<void> => {
  await call(moto, "CreateStack", {
    ...{ StackName: name, TemplateBody: template },
    "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
    // CDK's templates ask for the version of what was bootstrapped
    "Parameters.member.1.ParameterKey": "BootstrapVersion",
    "Parameters.member.1.ParameterValue": "/cdk-bootstrap/hnb659fds/version",
  });
  for (let tries = 0; tries < 100; tries++) {
    const answer = await call(moto, "DescribeStacks", { StackName: name });
    const status = /<StackStatus>(\w+)</.exec(answer)?.[1] ?? "";
    if (status === "CREATE_COMPLETE") return;
    if (!status.endsWith("_IN_PROGRESS")) throw new Error(`the stack is ${status}: ${answer}`);
    await sleep(100);
  }
  throw new Error(`the stack ${name} was not complete after ten seconds`);
};

const call = async ({ client }: Moto, Action: string, fields: Record<string, string>) => {
  const { endpoint, region, credentials } = client;
  const scope = `${credentials.accessKeyId}/20260101/${region}/cloudformation/aws4_request`;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Action, Version: "2010-05-15", ...fields }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${Action} was answered with ${answer.status}: ${text}`);
  return text;
};
