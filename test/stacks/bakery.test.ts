import { Annotations, Match } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NetworkMode } from "../../aws/stage.ts";
import { cfnLint, noCfnLint, resources, type Synthesized, synthesize } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

type Json = Record<string, unknown>;

/** One stage a network; what else is asked for is each another's. */
const asked: Record<NetworkMode, string> = {
  public: "disposable: true",
  nat: "zones: 3\nlog_announcements: true",
  endpoints: "log_retention: 7\nemail: bakers@example.com",
};

const stages = {} as Record<NetworkMode, Synthesized>;
const folders = new AsyncDisposableStack();
beforeAll(async () => {
  for (const mode of NetworkMode.options) {
    const { path } = folders.use(await temporaryFolder());
    stages[mode] = synthesize(path, `network: ${mode}\n${asked[mode]}`);
  }
});
afterAll(() => folders.disposeAsync());

// the other networks are a slow test: cfn-lint takes long for each, and they differ in little
test.skipIf(noCfnLint !== "")(`cfn-lint finds nothing${noCfnLint}`, async () => {
  expect(await cfnLint(stages.endpoints.file)).toBe("");
});

describe.each(NetworkMode.options)("a stage whose network is %s", (mode) => {
  let made: Synthesized;
  beforeAll(() => {
    made = stages[mode];
  });

  test("keeps the rules of cdk-nag, or says why not", () => {
    const annotations = Annotations.fromStack(made.stack);
    const found = [
      ...annotations.findError("*", Match.anyValue()),
      ...annotations.findWarning("*", Match.anyValue()),
    ];
    expect(found.map(({ id, entry }) => `${id}: ${JSON.stringify(entry.data)}`)).toEqual([]);
  });

  test("lets nothing in from outside, and 80 and 443 out", () => {
    const { template } = made;
    const groups = Object.values(resources(template, "AWS::EC2::SecurityGroup"));
    expect(groups.flatMap((group) => group["SecurityGroupIngress"] ?? [])).toEqual([]);
    // into endpoints, and from builders only
    const inward = Object.values(resources(template, "AWS::EC2::SecurityGroupIngress"));
    expect(inward).toHaveLength(mode === "endpoints" ? 1 : 0);
    for (const rule of inward) {
      expect(rule).toMatchObject({ FromPort: 443, SourceSecurityGroupId: expect.anything() });
      expect(rule["CidrIp"]).toBeUndefined();
    }
    const builders = groups.find(({ GroupDescription }) =>
      String(GroupDescription).startsWith("Builders"),
    );
    expect(builders?.["SecurityGroupEgress"]).toEqual(
      [80, 443].map((port) =>
        expect.objectContaining({ FromPort: port, ToPort: port, IpProtocol: "tcp" }),
      ),
    );
  });

  test("has the gateways that its builders need, and no more", () => {
    expect({
      internet: count(made, "AWS::EC2::InternetGateway"),
      nat: count(made, "AWS::EC2::NatGateway"),
      endpoints: count(made, "AWS::EC2::VPCEndpoint"),
    }).toEqual(
      {
        public: { internet: 1, nat: 0, endpoints: 1 },
        nat: { internet: 1, nat: 1, endpoints: 1 },
        endpoints: { internet: 0, nat: 0, endpoints: 4 },
      }[mode],
    );
  });

  test("is in zones that are there where it is deployed", () => {
    const subnets = Object.values(resources(made.template, "AWS::EC2::Subnet"));
    expect(subnets.length).toBeGreaterThan(1);
    for (const { AvailabilityZone } of subnets) {
      expect(AvailabilityZone).toEqual({
        "Fn::Select": [expect.any(Number), { "Fn::GetAZs": "" }],
      });
    }
  });
});

const count = ({ template }: Synthesized, type: string): number =>
  Object.keys(resources(template, type)).length;

describe("a stage", () => {
  let made: Synthesized;
  beforeAll(() => {
    made = stages.endpoints;
  });
  const all = (type: string) => Object.values(resources(made.template, type));

  test("reaches through S3's endpoint its own objects and Amazon Linux's packages", () => {
    const gateway = all("AWS::EC2::VPCEndpoint").find(
      (one) => one["VpcEndpointType"] === "Gateway",
    );
    const policy = JSON.stringify(gateway?.["PolicyDocument"]);
    expect(policy).toContain(":s3:::al2023-repos-");
    expect(policy).toContain(":s3:::amazonlinux-2-repos-");
    expect(policy).not.toContain('"s3:*"');
    expect(policy).not.toContain('"Resource":"*"');
  });

  test("has buckets that are encrypted, versioned, private, and spoken to by TLS", () => {
    const buckets = resources(made.template, "AWS::S3::Bucket");
    const keyed = Object.values(buckets).filter((bucket) =>
      JSON.stringify(bucket["BucketEncryption"]).includes("aws:kms"),
    );
    expect(keyed).toHaveLength(2);
    for (const bucket of keyed) {
      expect(bucket).toMatchObject({ VersioningConfiguration: { Status: "Enabled" } });
    }
    for (const bucket of Object.values(buckets)) {
      expect(bucket).toMatchObject({
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
        LifecycleConfiguration: expect.anything(),
      });
    }
    const policies = JSON.stringify(all("AWS::S3::BucketPolicy"));
    expect(policies.match(/"aws:SecureTransport":"false"/g)).toHaveLength(3);
  });

  test("tells EventBridge of drops, and makes no custom resource for that", () => {
    made.template.hasResourceProperties("AWS::S3::Bucket", {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    const types = Object.values(made.template.toJSON()["Resources"] as Json).map(
      (resource) => (resource as { Type: string }).Type,
    );
    expect(types.filter((type) => /^(?:Custom::|AWS::CloudFormation::Custom)/.test(type))).toEqual(
      [],
    );
  });

  test("starts bakes for what can be a recipe, and gives no drop up unseen", () => {
    const dropped = all("AWS::Events::Rule").find(({ Description }) =>
      /dropped/.test(String(Description)),
    );
    expect(dropped).toMatchObject({
      EventPattern: {
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: [{ Ref: expect.stringMatching(/Recipes/) }] } },
      },
      Targets: [{ DeadLetterConfig: expect.anything(), RetryPolicy: expect.anything() }],
    });
    const { key } = ((dropped ?? {})["EventPattern"] as { detail: { object: { key: Json[] } } })
      .detail.object;
    expect(key).toContainEqual({ suffix: { "equals-ignore-case": ".tar.gz" } });
  });

  test("releases a bake when its execution ends, and again after every task's function has ended", () => {
    const ended = all("AWS::Events::Rule").find(({ Description }) =>
      /ended/.test(String(Description)),
    );
    expect(ended).toMatchObject({
      EventPattern: { detail: { status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] } },
    });
    const [now, later] = (ended ?? {})["Targets"] as Json[];
    expect(now?.["Arn"]).toEqual({ "Fn::GetAtt": [expect.stringMatching(/BakeEnded/), "Arn"] });
    expect(later?.["InputTransformer"]).toEqual({
      InputPathsMap: { "detail-name": "$.detail.name" },
      InputTemplate: '{"bake":<detail-name>}',
    });
    const delay = Math.max(
      ...all("AWS::SQS::Queue").map((queue) => Number(queue["DelaySeconds"] ?? 0)),
    );
    const tasks = all("AWS::Lambda::Function")
      .filter(({ FunctionName }) => !/ended|again|sweep/.test(String(FunctionName)))
      .map(({ Timeout }) => Number(Timeout));
    expect(delay).toBeGreaterThan(Math.max(...tasks));
    made.template.hasResourceProperties("AWS::Lambda::EventSourceMapping", { BatchSize: 1 });
  });

  test("sweeps every hour", () => {
    made.template.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(1 hour)",
      Target: { Arn: { "Fn::GetAtt": [Match.stringLikeRegexp("Sweep"), "Arn"] } },
    });
  });

  test("alarms when something may be left, and not when a bake fails", () => {
    const alarms = all("AWS::CloudWatch::Alarm");
    const metrics = alarms.map(({ MetricName }) => String(MetricName)).toSorted();
    expect(metrics).toEqual(
      [
        ...["ApproximateNumberOfMessagesVisible", "Errors", "Errors", "Errors", "Errors", "Errors"],
        ...["ExecutionThrottled", "ExecutionsAborted", "ExecutionsTimedOut", "Invocations"],
      ].toSorted(),
    );
    for (const alarm of alarms) {
      expect(alarm["AlarmActions"]).toEqual([{ Ref: expect.stringMatching(/TopicsAlarms/) }]);
    }
  });

  test("tells an e-mail address of bakes and of alarms", () => {
    made.template.resourceCountIs("AWS::SNS::Subscription", 2);
  });

  test("keeps every log for as long as was asked", () => {
    const groups = all("AWS::Logs::LogGroup");
    expect(groups.length).toBeGreaterThan(15);
    expect(new Set(groups.map(({ RetentionInDays }) => RetentionInDays))).toEqual(new Set([7]));
  });

  test("keeps key and buckets when it is removed: images need them", () => {
    for (const type of ["AWS::S3::Bucket", "AWS::KMS::Key"]) {
      for (const { DeletionPolicy } of Object.values(made.template.findResources(type))) {
        expect(DeletionPolicy).toBe("Retain");
      }
    }
  });

  test("carries no tag by which functions end and delete things", () => {
    expect(JSON.stringify(made.template.findResources("AWS::EC2::VPC"))).not.toContain("ovenbird:");
    for (const type of ["AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"]) {
      const tags = all(type).flatMap(({ Tags }) => (Tags ?? []) as { Key: string }[]);
      expect(tags.filter(({ Key }) => Key.startsWith("ovenbird:"))).toEqual([]);
    }
  });
});

test("a disposable stage takes key and buckets with it", () => {
  const { template } = stages.public;
  for (const type of ["AWS::S3::Bucket", "AWS::KMS::Key"]) {
    for (const { DeletionPolicy } of Object.values(template.findResources(type))) {
      expect(DeletionPolicy).toBe("Delete");
    }
  }
});

test("a stage logs what it announces, and no other's, when it is asked to", () => {
  const { template } = stages.nat;
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: {
      source: ["ovenbird"],
      resources: [{ Ref: Match.stringLikeRegexp("TopicsAnnouncements") }],
    },
    Targets: [
      {
        Arn: {
          "Fn::Join": ["", Match.arrayWith([":log-group:/aws/events/ovenbird/dev"])],
        },
      },
    ],
  });
  const [policy] = Object.values(resources(template, "AWS::Logs::ResourcePolicy"));
  expect(JSON.stringify(policy)).toContain("events.amazonaws.com");
  expect(JSON.stringify(policy)).not.toContain('"*"');
  stages.public.template.resourceCountIs("AWS::Logs::ResourcePolicy", 0);
});

test("a stage is in as many zones as it is asked to be", () => {
  const subnets = Object.values(resources(stages.nat.template, "AWS::EC2::Subnet"));
  const builders = subnets.filter(({ Tags }) => JSON.stringify(Tags).includes("Builders"));
  expect(builders).toHaveLength(3);
});
