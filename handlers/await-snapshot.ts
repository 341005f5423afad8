import { patient } from "../aws/patient.ts";
import { ec2Snapshots } from "../aws/snapshots.ts";
import { awaitSnapshot } from "../functions/await-snapshot.ts";
import { pollingEc2 } from "./shared/polling-ec2.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(
  awaitSnapshot(ec2Snapshots({ ec2: pollingEc2, stage, shared: { ec2: pollingEc2, s3, stage } })),
);
