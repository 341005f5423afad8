import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsAnnouncements, detailTypes } from "../../aws/announcements.ts";
import { Announcement } from "../../core/announcement.ts";
import { describeAnnouncements } from "../contracts/announcements.ts";
import { stage as someStage } from "../support/bakery-on-moto.ts";
import { someBake } from "../support/local-state.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";
import { between, recorded } from "../support/recorded.ts";

const group = "/ovenbird/told";
const groupArn = `arn:aws:logs:eu-west-1:${someStage.account}:log-group:${group}`;

const published = (): Announcement => {
  const bake = someBake();
  return Announcement.parse({
    ...{ version: 1, id: bake, outcome: "published", bake, name: "web" },
    ...{ imageId: "ami-00000001", at: "2026-11-21T12:00:00.000Z" },
  });
};

describe.skipIf(noMoto !== "")(`on moto${noMoto}`, () => {
  let moto: Moto;
  let logs: CloudWatchLogsClient;
  let topicArn = "";
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    logs = new CloudWatchLogsClient(moto.client);
    const topic = new CreateTopicCommand({ Name: "ovenbird-test" });
    topicArn = (await new SNSClient(moto.client).send(topic)).TopicArn ?? "";
    await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
    const bus = new EventBridgeClient(moto.client);
    const EventPattern = JSON.stringify({ source: ["ovenbird"] });
    await bus.send(new PutRuleCommand({ Name: "told", EventPattern }));
    await bus.send(new PutTargetsCommand({ Rule: "told", Targets: [{ Id: "1", Arn: groupArn }] }));
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const open = () => {
    const sns = new SNSClient(moto.client);
    const events = new EventBridgeClient(moto.client);
    const asked = recorded(sns, events);
    const stage = { ...someStage, topicArn };
    return {
      ...{ sns, events, asked },
      announcements: awsAnnouncements({ sns, events, stage, pauses: [1, 1, 1] }),
    };
  };

  /** The events of a bake that EventBridge handed on. */
  const handedOn = async (id: string): Promise<Record<string, unknown>[]> => {
    const ask = new FilterLogEventsCommand({ logGroupName: group });
    const { events = [] } = await logs.send(ask);
    return events
      .map(({ message = "" }) => JSON.parse(message) as { detail: { id: string } })
      .filter(({ detail }) => detail.id === id);
  };

  describeAnnouncements("SNS and EventBridge", async () => {
    const { sns, events, announcements } = open();
    const stage = { ...someStage, topicArn: `${topicArn}-gone` };
    return {
      announcements,
      withOneDeaf: awsAnnouncements({ sns, events, stage }),
      heard: async (id) => (await handedOn(id)).map(({ detail }) => Announcement.parse(detail)),
      [Symbol.asyncDispose]: async () => {},
    };
  });

  test("a published image is told to the topic, with what subscriptions filter by", async () => {
    const { announcements, asked } = open();
    const announcement = published();
    await announcements.announce(announcement);
    const message = asked.find(({ call }) => call === "Publish");
    expect(message?.input).toEqual({
      TopicArn: topicArn,
      Subject: "Ovenbird: published: web",
      Message: expect.any(String),
      MessageAttributes: {
        id: { DataType: "String", StringValue: announcement.id },
        name: { DataType: "String", StringValue: "web" },
        outcome: { DataType: "String", StringValue: "published" },
      },
    });
    const told = Announcement.parse(JSON.parse(String(message?.input["Message"])));
    expect(told).toEqual({ ...announcement, stage: "test" });
  });

  test("a published image is an event, which EventBridge hands on", async () => {
    const { announcements } = open();
    const announcement = published();
    await announcements.announce(announcement);
    expect(await handedOn(announcement.id)).toMatchObject([
      {
        ...{ source: "ovenbird", "detail-type": "Image Published", detail: announcement },
        resources: [topicArn, "arn:aws:ec2:eu-west-1:123456789012:image/ami-00000001"],
      },
    ]);
  });

  test.each(["failed", "rejected", "stopped"] as const)(
    "a bake that %s is told under a type of its own",
    async (outcome) => {
      const { announcements } = open();
      const id = `${outcome}-${someBake()}`;
      await announcements.announce({
        ...{ version: 1, id, outcome, name: "über/web.yaml", error: "StepFailed" },
        ...{ message: "web.yaml:3:1: no", at: "2026-11-21T12:00:00.000Z" },
      });
      expect(await handedOn(id)).toMatchObject([
        { "detail-type": detailTypes[outcome], resources: [topicArn] },
      ]);
      expect(new Set(Object.values(detailTypes)).size).toBe(4);
    },
  );

  test("a subject is what SNS takes: less than 100 characters of ASCII, in one line", async () => {
    const { announcements, asked } = open();
    const name = `über\n${"w".repeat(200)}`;
    await announcements.announce({ ...published(), name });
    const subject = String(asked.find(({ call }) => call === "Publish")?.input["Subject"]);
    expect(subject).toMatch(/^Ovenbird: published: uber\?w{70,}$/);
    expect(subject).toHaveLength(99);
  });

  /** A bus that takes nothing that many times. */
  const refusing = (times: number) => {
    const world = open();
    let left = times;
    between(world.events, async ({ call }, next) => {
      if (call !== "PutEvents" || left-- <= 0) return next();
      const Entries = [{ ErrorCode: "ThrottlingException", ErrorMessage: "slow down" }];
      return { FailedEntryCount: 1, Entries };
    });
    return world;
  };

  test("an event that the bus did not take is sent again", async () => {
    const { announcements, asked } = refusing(2);
    const announcement = published();
    await announcements.announce(announcement);
    expect(asked.filter(({ call }) => call === "PutEvents")).toHaveLength(3);
    expect(await handedOn(announcement.id)).toHaveLength(1);
  });

  test("an event that the bus never takes is an error, and the topic was told all the same", async () => {
    const { announcements, asked } = refusing(100);
    const announcement = published();
    await expect(announcements.announce(announcement)).rejects.toMatchObject({
      name: "AnnouncementFailed",
      message: expect.stringMatching(`${announcement.id} .*ThrottlingException: slow down`),
    });
    expect(asked.filter(({ call }) => call === "Publish")).toHaveLength(1);
  });

  test("what moto refuses of an entry is what we look for", async () => {
    const answer = await open().events.send(new PutEventsCommand({ Entries: [{ Source: "a" }] }));
    expect(answer).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: /./ }] });
  });
});
