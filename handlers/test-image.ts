import { patient } from "../aws/patient.ts";
import { ec2TestMachines } from "../aws/test-machines.ts";
import { testImage } from "../functions/test-image.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { s3 } from "./shared/s3.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(
  testImage(ec2TestMachines({ ec2, s3, ssm, stage, artifacts }), artifacts),
);
