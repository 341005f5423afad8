import { readFileSync } from "node:fs";
import { RemovalPolicy } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";
import { bakeMachineName } from "../aws/bake-machine.ts";
import { explain } from "./explain.ts";
import type { StageSettings } from "./parameters.ts";
import type { FunctionName } from "./permissions.ts";

/** The bake as a state machine, its tasks on the stage's functions. */
export const bakeStateMachine = (
  scope: Construct,
  { name, parameters }: StageSettings,
  functions: Readonly<Record<FunctionName, lambda.IFunction>>,
): sfn.StateMachine => {
  const text = readFileSync("statemachines/bake.asl.json", "utf8");
  const machine = new sfn.StateMachine(scope, "Bake", {
    stateMachineName: bakeMachineName(name), // it is spoken of before it is there,
    definitionBody: sfn.DefinitionBody.fromString(
      resolved(withTimeout(text, longestBake(parameters.builder_lifetime)), functions),
    ),
    tracingEnabled: true,
    logs: {
      ...{ level: sfn.LogLevel.ALL, includeExecutionData: true }, // no secret is ever in it
      destination: new logs.LogGroup(scope, "BakeLog", {
        // by this prefix CloudWatch needs no policy of its own for each log group
        logGroupName: `/aws/vendedlogs/states/${bakeMachineName(name)}`,
        retention: parameters.log_retention,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    },
  });
  for (const fn of Object.values(tasksOf(text, functions))) fn.grantInvoke(machine);
  explain(machine.role, "AwsSolutions-IAM5", wildcards);
  return machine;
};

const wildcards =
  "a function's versions; and delivering logs and traces, which IAM narrows to nothing";

/**
 * Seconds after which no bake is under way: a builder's life and a test machine's, a day in the
 * queue for a builder, and twelve hours each for the origin's copy and for the snapshot, as the
 * state machine polls for them. The sweep ends most of them sooner.
 */
export const longestBake = (builderLifetime: number): number =>
  (2 * builderLifetime + 24 + 2 * 12) * 3600;

const withTimeout = (definition: string, TimeoutSeconds: number): string =>
  JSON.stringify({ ...(JSON.parse(definition) as object), TimeoutSeconds });

const placeholder = /\$\{(\w+)\}/g;

/** The functions whose names stand in the definition. Throws for a name that is no function. */
const tasksOf = <T>(definition: string, functions: Readonly<Record<string, T>>) =>
  Object.fromEntries(
    [...definition.matchAll(placeholder)].map(([, name = ""]) => {
      const fn = functions[name];
      if (fn === undefined) throw new Error(`statemachines/bake.asl.json: no function is ${name}`);
      return [name, fn] as const;
    }),
  );

/** The definition with ARNs for names: CloudFormation puts them in. */
const resolved = (
  definition: string,
  functions: Readonly<Record<string, lambda.IFunction>>,
): string => {
  const tasks = tasksOf(definition, functions);
  return definition.replaceAll(placeholder, (_, name: string) => tasks[name]?.functionArn ?? "");
};
