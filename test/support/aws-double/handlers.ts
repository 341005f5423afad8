import { createHash } from "node:crypto";
import type { Stage } from "../../../aws/stage.ts";
import { eventFunctions, type FunctionName, taskFunctions } from "../../../stacks/permissions.ts";
import type { Vulnerabilities } from "../../../core/vulnerabilities/finding.ts";
import { noVulnerabilities } from "../memory-ports.ts";
import { kebab } from "../machine.ts";
import { someStage } from "../stage.ts";
import type { Double } from "./open.ts";

export const packed = "the agent's package";
const sha256 = createHash("sha256").update(packed).digest("hex");

/** How many builders a stage on the double has at once: more than what EC2's buckets let it have. */
const most = 300;

/** A stage on the double; its name is in all that is its own. */
export const stageOnDouble = (name = "test"): Stage => {
  const artifactBucket = `${name}-artifacts`;
  const packageOf = (architecture: string) => ({
    ...{ bucket: artifactBucket, key: `agent/${architecture}.tar.gz`, sha256 },
  });
  const agentPackages = { x86_64: packageOf("x86_64"), arm64: packageOf("arm64") };
  const { builders } = someStage();
  return someStage({
    builders: { ...builders, most },
    ...{ name, artifactBucket, recipeBucket: `${name}-recipes`, agentPackages },
    topicArn: `arn:aws:sns:eu-west-1:123456789012:${name}`,
    documentName: `${name}-agent`,
  });
};

type Handler = (event: unknown, context?: unknown) => Promise<unknown>;

type Client = Parameters<Double["client"]>[0];

/** The stage's real handlers, with their clients sending to a double. */
export interface Handlers {
  stage: Stage;
  all: Record<FunctionName, Handler>;
  /** What Inspector answers. */
  inspector: Vulnerabilities;
  attach(aws: Double): void;
}

/** By the names of handlers/shared. */
const clientsOf = async (): Promise<Record<string, Client>> => ({
  ...(await import("../../../handlers/shared/ec2.ts")),
  ...(await import("../../../handlers/shared/events.ts")),
  ...(await import("../../../handlers/shared/kms.ts")),
  ...(await import("../../../handlers/shared/logs.ts")),
  ...(await import("../../../handlers/shared/polling-ec2.ts")),
  ...(await import("../../../handlers/shared/s3.ts")),
  ...(await import("../../../handlers/shared/sfn.ts")),
  ...(await import("../../../handlers/shared/sns.ts")),
  ...(await import("../../../handlers/shared/ssm.ts")),
});

/** Has what is imported next be imported anew; without Vitest (in a bench) nothing can be. */
const forget = async (): Promise<void> => {
  if (process.env["VITEST"] !== undefined) (await import("vitest")).vi.resetModules();
};

/** Imports them anew, as a function of that stage would: it is told by the environment. */
export const importHandlers = async (stage: Stage): Promise<Handlers> => {
  await forget();
  process.env["OVENBIRD_STAGE"] = JSON.stringify(stage);
  const clients = await clientsOf();
  const { vulnerabilities } = await import("../../../handlers/shared/vulnerabilities.ts");
  // Inspector is asked by a request of our own: test/aws/inspector.test.ts
  const inspector = noVulnerabilities();
  vulnerabilities.find = (...asked) => inspector.find(...asked);
  // what a function loads while it works takes time that a clock of a test does not know
  await import("../../../core/sbom/formats.ts");
  const all = {} as Record<FunctionName, Handler>;
  for (const name of [...taskFunctions, ...eventFunctions]) {
    const module = (await import(`../../../handlers/${kebab(name)}.ts`)) as { handler: Handler };
    all[name] = module.handler;
  }
  return {
    ...{ stage, all, inspector },
    attach({ client }) {
      for (const one of Object.values(clients)) client(one);
    },
  };
};
