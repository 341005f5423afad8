import { CfnOutput, Stack } from "aws-cdk-lib";
import * as sqs from "aws-cdk-lib/aws-sqs";
import * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { stageParameter } from "../aws/read-stage.ts";
import { Alerts } from "./alerts.ts";
import { AnnouncementLog } from "./announcement-log.ts";
import type { Built } from "./built.ts";
import { dashboard } from "./dashboard.ts";
import { onDrop, onEnd } from "./events.ts";
import { Foundation } from "./foundation.ts";
import { Functions } from "./functions.ts";
import type { StageSettings } from "./parameters.ts";
import { permissions } from "./permissions.ts";
import { sweepHourly } from "./schedules.ts";
import { letSign } from "./signing-key.ts";
import { bakeStateMachine } from "./state-machine.ts";

/**
 * A whole stage. Nothing of it carries the tag `ovenbird:stage`: by that tag functions may end and
 * delete what bakes made, and the bakery itself is not among it.
 */
export class Bakery extends Construct {
  constructor(scope: Construct, id: string, settings: StageSettings, built: Built) {
    super(scope, id);
    const { name } = settings;
    const { stage, places, storage, topics } = new Foundation(this, "Foundation", settings, built);
    const deadLetterQueue = new sqs.Queue(this, "DeadLetters", {
      ...{ encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true },
    });
    const { all: functions } = new Functions(this, "Functions", {
      ...{ settings, code: built.functions, deadLetterQueue, permissions: permissions(places) },
      stage: Stack.of(this).toJsonString(stage),
    });
    const { role } = functions.PublishImage;
    if (role === undefined) throw new Error("PublishImage has no role that could sign");
    letSign(storage.signingKey, role);
    const machine = bakeStateMachine(this, settings, functions);
    onDrop(this, storage.recipes, functions, deadLetterQueue);
    onEnd(this, machine, functions, deadLetterQueue);
    sweepHourly(this, functions.Sweep, deadLetterQueue);
    const watched = { stage: name, machine, functions };
    new Alerts(this, "Alerts", { ...watched, topic: topics.alarms, deadLetterQueue });
    dashboard(this, watched);
    new ssm.StringParameter(this, "Stage", {
      description: "What the command line knows the stage by",
      parameterName: stageParameter(name),
      stringValue: Stack.of(this).toJsonString(stage),
    });
    if (settings.parameters.log_announcements) {
      new AnnouncementLog(this, "AnnouncementLog", settings, topics.announcements);
    }
    new CfnOutput(this, "RecipeBucket", { value: storage.recipes.bucketName });
  }
}
