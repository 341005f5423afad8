import { s3Drops } from "../../aws/drops.ts";
import { policiesIn } from "../../core/operator-policy/find.ts";
import { s3 } from "./s3.ts";
import { stage } from "./stage.ts";

export const drops = s3Drops({ s3, stage });

/** What is the stage's own, every recipe may ask for. */
export const policies = policiesIn(drops, {
  stage: stage.name,
  subnets: stage.network.subnets.map(({ subnetId }) => subnetId),
  securityGroups: [stage.network.securityGroupId],
  keys: [stage.keyArn],
});
