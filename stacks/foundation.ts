import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type * as ssm from "aws-cdk-lib/aws-ssm";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Stage } from "../aws/stage.ts";
import { BuilderRole, folderOf } from "./builder-role.ts";
import { type Built, digestOfFunctions } from "./built.ts";
import { agentDocumentOf } from "./document.ts";
import { Network } from "./network.ts";
import { Packages } from "./packages.ts";
import type { StageParameters, StageSettings } from "./parameters.ts";
import { arn, type Places } from "./permissions/permission.ts";
import { bakeMachineName } from "../aws/bake-machine.ts";
import { Storage } from "./storage.ts";
import { Topics } from "./topics.ts";

/** Left out where there are none: a function's environment has 4 KB. */
const earlierKeys = ({ earlier_signing_keys: all }: StageParameters): Pick<Stage, "earlierKeys"> =>
  all.length === 0
    ? {}
    : { earlierKeys: all.map(({ key, public_key }) => ({ keyArn: key, publicKey: public_key })) };

/** What functions work with, and are told of; nothing in it runs. */
export class Foundation extends Construct {
  readonly storage: Storage;
  readonly topics: Topics;
  readonly #settings: StageSettings;
  readonly #packages: Packages;
  readonly #network: Network;
  readonly #agentLog: logs.LogGroup;
  readonly #builder: BuilderRole;
  readonly #document: ssm.CfnDocument;
  readonly #functionsSha256: string;

  constructor(scope: Construct, id: string, settings: StageSettings, built: Built) {
    super(scope, id);
    const { name, parameters } = settings;
    this.#settings = settings;
    this.storage = new Storage(this, "Storage", settings);
    this.topics = new Topics(this, "Topics", settings, this.storage.key);
    this.#packages = new Packages(this, "Packages", built.agentPackages);
    this.#network = new Network(this, "Network", settings, {
      all: [`${this.storage.artifacts.bucketArn}/*`, ...this.#packages.arns],
      folder: folderOf(this.storage),
    });
    this.#agentLog = new logs.LogGroup(this, "AgentLog", {
      logGroupName: `/ovenbird/${name}/agent`,
      ...{ retention: parameters.log_retention, removalPolicy: RemovalPolicy.DESTROY },
    });
    this.#builder = new BuilderRole(this, "Builder", name, this.storage, this.#agentLog);
    this.#document = agentDocumentOf(this, name);
    this.#functionsSha256 = digestOfFunctions(built.functions);
  }

  /** What functions are told. */
  get stage(): Stage {
    const { account, region } = Stack.of(this);
    const { name, parameters } = this.#settings;
    return {
      ...{ name, account, region },
      recipeBucket: this.storage.recipes.bucketName,
      artifactBucket: this.storage.artifacts.bucketName,
      keyArn: this.storage.key.keyArn,
      signingKeyArn: this.storage.signingKey.keyArn,
      ...earlierKeys(parameters),
      functionsSha256: this.#functionsSha256,
      network: this.#network.facts,
      builders: {
        instanceProfile: this.#builder.profile.instanceProfileName,
        roleId: this.#builder.role.roleId,
        imageParameters: parameters.builder_images,
        most: parameters.most_builders,
        launches: parameters.launches_per_second,
        lifetime: parameters.builder_lifetime,
      },
      documentName: this.#document.ref,
      agentLogGroup: this.#agentLog.logGroupName,
      topicArn: this.topics.announcements.topicArn,
      agentPackages: this.#packages.facts,
    };
  }

  /** What permissions are narrowed to. */
  get places(): Places {
    const { account, region, partition } = Stack.of(this);
    const { name, parameters } = this.#settings;
    const here = { partition, region, account };
    return {
      ...{ ...here, stage: name },
      recipeBucket: this.storage.recipes.bucketArn,
      artifactBucket: this.storage.artifacts.bucketArn,
      key: this.storage.key.keyArn,
      signingKey: this.storage.signingKey.keyArn,
      topic: this.topics.announcements.topicArn,
      document: arn(here, "ssm", `document/${this.#document.ref}`),
      stateMachine: arn(here, "states", `stateMachine:${bakeMachineName(name)}`),
      executions: arn(here, "states", `execution:${bakeMachineName(name)}:*`),
      bus: arn(here, "events", "event-bus/default"),
      agentLog: arn(here, "logs", `log-group:/ovenbird/${name}/agent`),
      builderRole: this.#builder.role.roleArn,
      packages: this.#packages.arns,
      imageParameters: Object.values(parameters.builder_images).map((parameter) =>
        parameter.startsWith("/aws/service/")
          ? arn({ ...here, account: "" }, "ssm", `parameter${parameter}`)
          : arn(here, "ssm", `parameter${parameter}`),
      ),
    };
  }
}
