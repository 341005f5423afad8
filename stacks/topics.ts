import type { IKey } from "aws-cdk-lib/aws-kms";
import * as sns from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { StageSettings } from "./parameters.ts";

/** Who is told: subscribers of bakes' ends, and operators of alarms. */
export class Topics extends Construct {
  readonly announcements: sns.Topic;
  readonly alarms: sns.Topic;

  constructor(scope: Construct, id: string, { name, parameters }: StageSettings, masterKey: IKey) {
    super(scope, id);
    const topic = (id: string, what: string) =>
      new sns.Topic(this, id, {
        topicName: `ovenbird-${name}-${what}`,
        ...{ masterKey, enforceSSL: true },
      });
    this.announcements = topic("Announcements", "announcements");
    this.alarms = topic("Alarms", "alarms");
    const { email } = parameters;
    if (email === undefined) return;
    for (const topic of [this.announcements, this.alarms])
      topic.addSubscription(new EmailSubscription(email));
  }
}
