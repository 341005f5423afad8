import { inventoryDigest } from "../aws/inventories.ts";
import { ec2Origins } from "../aws/origins.ts";
import { patient } from "../aws/patient.ts";
import { kmsKeys } from "../aws/signer.ts";
import { s3Statements } from "../aws/statements.ts";
import { holdOrigin } from "../core/policy/hold-origin.ts";
import { proveOrigin } from "../core/statement/origin-proof.ts";
import { resolveOrigin } from "../functions/resolve-origin.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { kms } from "./shared/kms.ts";
import { policyOf } from "./shared/policy-of.ts";
import { s3 } from "./shared/s3.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(
  resolveOrigin(ec2Origins({ ec2, s3, ssm, stage }), artifacts, {
    prove: proveOrigin({
      statements: s3Statements({ ec2, s3, stage }),
      keys: kmsKeys({ kms, stage }),
      inventoryOf: inventoryDigest({ s3, stage }),
    }),
    hold: holdOrigin({ policyOf, account: stage.account }),
  }),
);
