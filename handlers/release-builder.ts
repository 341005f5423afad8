import { ec2Builders } from "../aws/builders.ts";
import { patient } from "../aws/patient.ts";
import { releaseBuilder } from "../functions/release-builder.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { s3 } from "./shared/s3.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(releaseBuilder(ec2Builders({ ec2, s3, ssm, stage }), artifacts));
