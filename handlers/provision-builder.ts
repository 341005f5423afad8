import { s3Artifacts } from "../aws/artifacts.ts";
import { ec2Builders } from "../aws/builders.ts";
import { patient } from "../aws/patient.ts";
import { provisionBuilder } from "../functions/provision-builder.ts";
import { ec2 } from "./shared/ec2.ts";
import { s3 } from "./shared/s3.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(
  provisionBuilder(ec2Builders({ ec2, s3, ssm, stage }), s3Artifacts({ s3, stage })),
);
