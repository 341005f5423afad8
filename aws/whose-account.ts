import { DescribeEventBusCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";

/** Where calls go with somebody's credentials. */
export interface Place {
  /** 12 digits. */
  account: string;
  region: string;
}

/**
 * Whose account and which region it is, by the ARN of the bus that every region of every account
 * has: `arn:aws:events:eu-west-1:123456789012:event-bus/default`.
 */
export const whoseAccount = async (events: EventBridgeClient): Promise<Place> => {
  const { Arn = "" } = await events.send(new DescribeEventBusCommand({}));
  const [, , , region = "", account = ""] = Arn.split(":");
  if (/^\d{12}$/.test(account) && region !== "") return { account, region };
  throw new Error(`EventBridge says no account of its default bus: ${JSON.stringify(Arn)}`);
};
