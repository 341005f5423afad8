import { EC2Client } from "@aws-sdk/client-ec2";
import { patient } from "../aws/patient.ts";
import { once } from "../aws/retries.ts";
import { ec2Snapshots } from "../aws/snapshots.ts";
import { awaitSnapshot } from "../functions/await-snapshot.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(awaitSnapshot(ec2Snapshots({ ec2: new EC2Client(once), stage })));
