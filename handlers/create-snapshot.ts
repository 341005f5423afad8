import { ec2Snapshots } from "../aws/snapshots.ts";
import { createSnapshot } from "../functions/create-snapshot.ts";
import { ec2 } from "./shared/ec2.ts";
import { stage } from "./shared/stage.ts";

export const handler = createSnapshot(ec2Snapshots({ ec2, stage }));
