import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Announcement } from "../core/announcement.ts";
import { AnnouncementFailed } from "../core/errors.ts";
import type { Announcements } from "../core/ports.ts";
import { ascii } from "./ascii.ts";
import { lookAgain } from "./look-again.ts";
import type { Stage } from "./stage.ts";

export interface Subscribers {
  sns: SNSClient;
  events: EventBridgeClient;
  stage: Pick<Stage, "name" | "account" | "region" | "topicArn">;
  /** Milliseconds before what EventBridge did not take is sent again. */
  pauses?: readonly number[];
}

/** The `source` of every event of ours. */
export const eventSource = "ovenbird";

/** What EventBridge calls an event: its `detail-type`. */
export const detailTypes: Readonly<Record<Announcement["outcome"], string>> = {
  published: "Image Published",
  rejected: "Image Rejected",
  failed: "Bake Failed",
  stopped: "Bake Stopped",
};

/**
 * A message to the topic and an event on the account's default bus, each the announcement as JSON.
 * Both are tried though one fails, and a retry may tell again what was told: `id` is the same.
 */
export const awsAnnouncements = (aws: Subscribers): Announcements => ({
  async announce(told) {
    const announcement = { ...told, stage: aws.stage.name };
    const ends = await Promise.allSettled([publish(aws, announcement), put(aws, announcement)]);
    const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    if (failures.length === 0) return;
    const why = failures.map((error: unknown) => (error as Error).message).join("; ");
    throw new AnnouncementFailed(`how ${announcement.id} ended was not told to all: ${why}`, {
      cause: failures[0],
    });
  },
});

const attribute = (StringValue: string) => ({ DataType: "String", StringValue });

/** Subscriptions filter by the attributes; the subject is for those by mail: 99 characters. */
const publish = async ({ sns, stage }: Subscribers, announcement: Announcement): Promise<void> => {
  const { id, name, outcome } = announcement;
  await sns.send(
    new PublishCommand({
      TopicArn: stage.topicArn,
      Subject: ascii(`Ovenbird: ${outcome}: ${name}`, 99),
      Message: JSON.stringify(announcement),
      MessageAttributes: {
        ...{ id: attribute(id), name: attribute(name), outcome: attribute(outcome) },
      },
    }),
  );
};

/** The topic is among the resources because it tells the stage: the bus is the whole account's. */
const resourcesOf = ({ stage }: Subscribers, announcement: Announcement): string[] => {
  const [, partition] = stage.topicArn.split(":");
  const image = `arn:${partition}:ec2:${stage.region}:${stage.account}:image`;
  return [
    stage.topicArn,
    ...(announcement.outcome === "published" ? [`${image}/${announcement.imageId}`] : []),
  ];
};

/** PutEvents succeeds also when it takes none of its entries. */
const put = async (aws: Subscribers, announcement: Announcement): Promise<void> => {
  const entry = {
    Source: eventSource,
    DetailType: detailTypes[announcement.outcome],
    Detail: JSON.stringify(announcement),
    Time: new Date(announcement.at),
    Resources: resourcesOf(aws, announcement),
  };
  let why = "";
  const taken = await lookAgain(async () => {
    const answer = await aws.events.send(new PutEventsCommand({ Entries: [entry] }));
    if (answer.FailedEntryCount === 0) return true;
    const [failed] = answer.Entries ?? [];
    why = `${failed?.ErrorCode ?? "no code"}: ${failed?.ErrorMessage ?? "no message"}`;
    return undefined;
  }, aws.pauses);
  if (taken !== true) throw new Error(`EventBridge did not take the event: ${why}`);
};
