import { join } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import type * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { functionName as nameOf, kebab } from "../aws/function-name.ts";
import { memoryOf } from "../core/estimate/function-memory.ts";
import { madeByBuild } from "./built.ts";
import { explainWildcards } from "./explain.ts";
import type { StageSettings } from "./parameters.ts";
import type { Permission } from "./permissions/permission.ts";
import { eventFunctions, type FunctionName, functionNames } from "./permissions.ts";

export interface FunctionsProps {
  settings: StageSettings;
  /** The folder in which each has its own. */
  code: string;
  /** The stage as JSON. */
  stage: string;
  permissions: Record<FunctionName, readonly Permission[]>;
  /** Where events go that no function could take. */
  deadLetterQueue: sqs.IQueue;
}

/** Seconds. A task's is its state's `TimeoutSeconds`; what releases many bakes takes longer. */
const timeouts: Partial<Record<FunctionName, number>> = {
  CheckProvenance: 300,
  BakeEnded: 300,
  ReleaseAgain: 300,
  Sweep: 900,
};
const taskTimeout = 60;

export const timeoutOf = (name: FunctionName): number => timeouts[name] ?? taskTimeout;

/** One function a task and an event, each with a role of its own. */
export class Functions extends Construct {
  readonly all: Readonly<Record<FunctionName, lambda.IFunction>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const made = functionNames.map((name) => [name, this.#make(name, props)] as const);
    this.all = Object.fromEntries(made) as Record<FunctionName, lambda.IFunction>;
  }

  #make(name: FunctionName, props: FunctionsProps): lambda.IFunction {
    const { settings, code, stage, permissions, deadLetterQueue } = props;
    const functionName = nameOf(settings.name, name);
    const logGroup = new logs.LogGroup(this, `${name}Log`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: settings.parameters.log_retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const isEvent = (eventFunctions as readonly string[]).includes(name);
    return new lambda.Function(this, name, {
      ...{ functionName, logGroup, handler: "index.handler" },
      code: lambda.Code.fromAsset(madeByBuild(join(code, kebab(name)))),
      role: this.#role(name, permissions[name], logGroup),
      ...{ runtime: lambda.Runtime.NODEJS_24_X, architecture: lambda.Architecture.ARM_64 },
      memorySize: memoryOf(name),
      timeout: Duration.seconds(timeoutOf(name)),
      environment: { OVENBIRD_STAGE: stage },
      tracing: lambda.Tracing.ACTIVE,
      ...(isEvent && { deadLetterQueue }),
    });
  }

  #role(name: FunctionName, permissions: readonly Permission[], log: logs.ILogGroup): iam.Role {
    const role = new iam.Role(this, `${name}Role`, {
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
    log.grantWrite(role);
    for (const { actions, resources, conditions } of permissions) {
      role.addToPolicy(
        new iam.PolicyStatement({
          ...{ actions: [...actions], resources: [...resources] },
          ...(conditions && { conditions }),
        }),
      );
    }
    explainWildcards(role, permissions);
    return role;
  }
}
