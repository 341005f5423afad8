import { s3Inventories } from "../aws/inventories.ts";
import { patient } from "../aws/patient.ts";
import { s3Reports } from "../aws/reports.ts";
import { s3Verdicts } from "../aws/verdicts.ts";
import { checkProvenance } from "../functions/check-provenance.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { policyOf } from "./shared/policy-of.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";
import { vulnerabilities } from "./shared/vulnerabilities.ts";

export const handler = patient(
  checkProvenance({
    ...{ artifacts, policyOf, vulnerabilities, account: stage.account },
    unchangeable: "the snapshots of EBS that images are of cannot be written to",
    inventories: s3Inventories({ s3, stage }),
    verdicts: s3Verdicts({ ec2, s3, stage }),
    reports: s3Reports({ ec2, s3, stage }),
  }),
);
