import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SSMClient } from "@aws-sdk/client-ssm";
import { readStage } from "../../aws/read-stage.ts";
import { retries } from "../../aws/retries.ts";
import { removeTraces, tracesOf } from "../../aws/traces.ts";
import { whoseAccount } from "../../aws/whose-account.ts";
import { NotReady } from "../../core/errors.ts";
import { openS3 } from "../aws/cloud.ts";
import type { Deployments } from "./ports.ts";
import { runToEnd } from "./run-to-end.ts";
import { testedStage } from "./tested-stage.ts";

/** What a throw-away stage is given; `disposable` has its key and buckets go with it. */
const parameters = `disposable: true
log_announcements: true
log_retention: 1
most_builders: 2
builder_lifetime: 2
`;

export interface Deployer {
  /** The top of the repository: a stage is deployed from its sources. */
  top: string;
  /** What deploys and what removes a stage; the name comes after it. */
  commands: { deploy: readonly string[]; remove: readonly string[] };
  say(line: string): void;
}

/** What deploy/README.md tells people to type. */
export const npmCommands = {
  deploy: ["npm", "run", "deploy", "--", "--stage"],
  remove: ["npm", "run", "deploy:sst", "--", "remove", "--stage"],
} as const;

/**
 * Stages in the account of the environment's credentials, deployed as everybody deploys them. A
 * stage's parameters stay in its file for as long as it does: to remove it, SST reads them again.
 * Throws NotReady where there are no sources.
 */
export const sstDeployments = async ({ top, commands, say }: Deployer): Promise<Deployments> => {
  if (!existsSync(join(top, "sst.config.ts"))) {
    throw new NotReady(
      "the selftest deploys a stage from its sources, and the installed package has none: run it in the repository, by `npx ovenbird selftest --on aws`",
    );
  }
  const place = await whoseAccount(new EventBridgeClient(retries));
  const config = { ...retries, region: place.region };
  const clients = {
    ...{ ec2: new EC2Client(config), ssm: new SSMClient(config), s3: openS3(config) },
    ...{ sfn: new SFNClient(config), logs: new CloudWatchLogsClient(config) },
  };
  const fileOf = (name: string) => join(top, "deploy/stages", `${name}.yaml`);
  const run = (command: readonly string[], name: string) =>
    runToEnd([...command, name, "--region", place.region], top, say);
  const write = async (name: string) => {
    await mkdir(dirname(fileOf(name)), { recursive: true });
    await writeFile(fileOf(name), parameters);
  };
  return {
    place,
    async deploy(name) {
      await write(name);
      await run(commands.deploy, name);
    },
    open: async (name) => testedStage(clients, await readStage(clients.ssm, name)),
    async remove(name) {
      await write(name);
      await run(commands.remove, name);
      await removeTraces({ ...clients, stage: { name } });
      await rm(fileOf(name), { force: true });
    },
    traces: (name) => tracesOf({ ...clients, stage: { name } }),
  };
};
