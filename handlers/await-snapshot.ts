import { patient } from "../aws/patient.ts";
import { awaitSnapshot as completed } from "../aws/snapshot/completion.ts";
import { awaitSnapshot } from "../functions/await-snapshot.ts";
import { pollingEc2 as ec2 } from "./shared/polling-ec2.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(
  awaitSnapshot({
    completed: (snapshotId) => completed({ ec2, stage, shared: { ec2, s3, stage } }, snapshotId),
  }),
);
