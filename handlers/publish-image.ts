import { awsAnnouncements } from "../aws/announcements.ts";
import { ec2Images } from "../aws/images.ts";
import { publishImage } from "../functions/publish-image.ts";
import { ec2 } from "./shared/ec2.ts";
import { events } from "./shared/events.ts";
import { s3 } from "./shared/s3.ts";
import { sns } from "./shared/sns.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

export const handler = publishImage(
  ec2Images({ ec2, s3, ssm, stage }),
  awsAnnouncements({ sns, events, stage }),
);
