import { earlyRelease } from "../aws/builder/early-release.ts";
import { patient } from "../aws/patient.ts";
import { releaseBuilder } from "../functions/release-builder.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(releaseBuilder(earlyRelease({ ec2, s3, stage }), artifacts));
