import { ec2Snapshots } from "../aws/snapshots.ts";
import { awaitSnapshot } from "../functions/await-snapshot.ts";
import { ec2 } from "./shared/ec2.ts";
import { stage } from "./shared/stage.ts";

export const handler = awaitSnapshot(ec2Snapshots({ ec2, stage }));
