import { createHash } from "node:crypto";
import { vi } from "vitest";
import type { Stage } from "../../../aws/stage.ts";
import { eventFunctions, type FunctionName, taskFunctions } from "../../../stacks/permissions.ts";
import { kebab } from "../machine.ts";
import { someStage } from "../stage.ts";
import type { Double } from "./open.ts";

export const packed = "the agent's package";
const sha256 = createHash("sha256").update(packed).digest("hex");

/** A stage on the double; its name is in all that is its own. */
export const stageOnDouble = (name = "test"): Stage => {
  const artifactBucket = `${name}-artifacts`;
  const packageOf = (architecture: string) => ({
    ...{ bucket: artifactBucket, key: `agent/${architecture}.tar.gz`, sha256 },
  });
  const agentPackages = { x86_64: packageOf("x86_64"), arm64: packageOf("arm64") };
  return someStage({
    ...{ name, artifactBucket, recipeBucket: `${name}-recipes`, agentPackages },
    topicArn: `arn:aws:sns:eu-west-1:123456789012:${name}`,
    documentName: `${name}-agent`,
  });
};

type Handler = (event: unknown, context?: unknown) => Promise<unknown>;

interface Client {
  send(command: unknown): Promise<unknown>;
}

/** The stage's real handlers, with their clients sending to a double. */
export interface Handlers {
  stage: Stage;
  all: Record<FunctionName, Handler>;
  attach(aws: Double): void;
}

/** By the names of handlers/shared. */
const clientsOf = async (): Promise<Record<string, Client>> => ({
  ...(await import("../../../handlers/shared/ec2.ts")),
  ...(await import("../../../handlers/shared/events.ts")),
  ...(await import("../../../handlers/shared/kms.ts")),
  ...(await import("../../../handlers/shared/logs.ts")),
  ...(await import("../../../handlers/shared/s3.ts")),
  ...(await import("../../../handlers/shared/sfn.ts")),
  ...(await import("../../../handlers/shared/sns.ts")),
  ...(await import("../../../handlers/shared/ssm.ts")),
});

/** Imports them anew, as a function of that stage would: it is told by the environment. */
export const importHandlers = async (stage: Stage): Promise<Handlers> => {
  vi.resetModules();
  process.env["OVENBIRD_STAGE"] = JSON.stringify(stage);
  const clients = await clientsOf();
  // what a function loads while it works takes time that a clock of a test does not know
  await import("../../../core/sbom/formats.ts");
  const all = {} as Record<FunctionName, Handler>;
  for (const name of [...taskFunctions, ...eventFunctions]) {
    const module = (await import(`../../../handlers/${kebab(name)}.ts`)) as { handler: Handler };
    all[name] = module.handler;
  }
  return {
    ...{ stage, all },
    attach({ send }) {
      for (const client of Object.values(clients)) client.send = send;
    },
  };
};
