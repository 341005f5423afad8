import { Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { NetworkMode, Stage } from "../aws/stage.ts";
import type { StageSettings } from "./parameters.ts";

/** What is reached through the endpoint of S3, where that is the only way to it. */
export interface OwnObjects {
  /** ARNs of all that is read and written by builders and test machines. */
  all: string[];
  /** What each builder does in its own folder. */
  folder: { actions: string[]; resources: string[] };
}

/** An isolated network for builders and test machines: nothing comes in, 80 and 443 go out. */
export class Network extends Construct {
  /** As functions are told of it. */
  readonly facts: Stage["network"];
  readonly #vpc: ec2.Vpc;

  constructor(
    scope: Construct,
    id: string,
    { name, parameters }: StageSettings,
    objects: OwnObjects,
  ) {
    super(scope, id);
    const { network: mode, zones, log_retention } = parameters;
    this.#vpc = new ec2.Vpc(this, "Vpc", {
      ...{ vpcName: `ovenbird-${name}`, natGateways: mode === "nat" ? 1 : 0 },
      // chosen when it is deployed: CDK would look them up in the account, or make them up
      availabilityZones: Array.from({ length: zones }, (_, index) => zone(index)),
      subnetConfiguration: subnets[mode],
    });
    const securityGroup = this.#securityGroup();
    this.facts = {
      ...{ mode, vpcId: this.#vpc.vpcId, securityGroupId: securityGroup.securityGroupId },
      subnets: this.#vpc
        .selectSubnets({ subnetGroupName: "Builders" })
        .subnets.map(({ subnetId, availabilityZone }) => ({ subnetId, zone: availabilityZone })),
    };
    this.#endpoints(mode, securityGroup, objects);
    this.#flowLogs(name, log_retention);
  }

  #securityGroup() {
    const group = new ec2.SecurityGroup(this, "Builders", {
      ...{ vpc: this.#vpc, allowAllOutbound: false },
      description: "Builders and test machines: nothing in, HTTP and HTTPS out",
    });
    for (const port of [80, 443]) group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port));
    return group;
  }

  #endpoints(mode: NetworkMode, builders: ec2.ISecurityGroup, objects: OwnObjects) {
    const gateway = this.#vpc.addGatewayEndpoint("S3", {
      service: ec2.GatewayVpcEndpointAwsService.S3,
    });
    if (mode !== "endpoints") return;
    for (const statement of throughGateway(this, objects)) gateway.addToPolicy(statement);
    const inside = new ec2.SecurityGroup(this, "Endpoints", {
      ...{ vpc: this.#vpc, allowAllOutbound: false },
      description: "Endpoints of AWS services: HTTPS from builders and test machines",
    });
    inside.addIngressRule(builders, ec2.Port.tcp(443));
    for (const [id, service] of Object.entries(services)) {
      this.#vpc.addInterfaceEndpoint(id, {
        ...{ service, securityGroups: [inside], open: false },
        subnets: { subnetGroupName: "Builders" },
      });
    }
  }

  #flowLogs(stage: string, retention: number) {
    const logGroup = new logs.LogGroup(this, "FlowLog", {
      logGroupName: `/ovenbird/${stage}/network`,
      ...{ retention, removalPolicy: RemovalPolicy.DESTROY },
    });
    this.#vpc.addFlowLog("Flows", {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
    });
  }
}

const zone = (index: number): string => Fn.select(index, Fn.getAzs());

const builders = { name: "Builders", cidrMask: 20 };
const subnets: Record<NetworkMode, ec2.SubnetConfiguration[]> = {
  public: [{ ...builders, subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
  nat: [
    { name: "Gateways", cidrMask: 28, subnetType: ec2.SubnetType.PUBLIC },
    { ...builders, subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
  ],
  endpoints: [{ ...builders, subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
};

/** What the SSM agent and ours speak to, beside S3. */
const services = {
  Ssm: ec2.InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

/**
 * The stage's artifacts and the agent, and the repositories of Amazon Linux 2023 and 2, whose names are in the
 * user guides of these ("updating packages without internet access").
 */
const throughGateway = (scope: Construct, objects: OwnObjects): iam.PolicyStatement[] => {
  const { region, partition } = Stack.of(scope);
  const repositories = [`al2023-repos-${region}-de612dc2`, `amazonlinux-2-repos-${region}`];
  const allow = { principals: [new iam.AnyPrincipal()] };
  return [
    new iam.PolicyStatement({
      ...allow,
      sid: "OwnObjects",
      actions: ["s3:GetObject", "s3:PutObject"],
      resources: objects.all,
    }),
    new iam.PolicyStatement({ ...allow, sid: "OwnFolder", ...objects.folder }),
    new iam.PolicyStatement({
      ...allow,
      sid: "AmazonLinux",
      actions: ["s3:GetObject"],
      resources: repositories.map((name) => `arn:${partition}:s3:::${name}/*`),
    }),
  ];
};
