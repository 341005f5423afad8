import { s3Artifacts } from "../aws/artifacts.ts";
import { patient } from "../aws/patient.ts";
import { ec2Snapshots } from "../aws/snapshots.ts";
import { createSnapshot } from "../functions/create-snapshot.ts";
import { ec2 } from "./shared/ec2.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(
  createSnapshot(ec2Snapshots({ ec2, stage, notes: { s3, stage } }), s3Artifacts({ s3, stage })),
);
