import packageJson from "../package.json" with { type: "json" };
import pins from "../agent/node-pins.json" with { type: "json" };
import { ec2Images } from "../aws/images.ts";
import { s3Names } from "../aws/names.ts";
import { patient } from "../aws/patient.ts";
import { stagePlatform } from "../aws/platform.ts";
import { kmsSigner } from "../aws/signer.ts";
import { assertAllowed } from "../core/operator-policy/assert-allowed.ts";
import { attest } from "../core/statement/attest.ts";
import { publishImage } from "../functions/publish-image.ts";
import { announcements } from "./shared/announcements.ts";
import { artifacts } from "./shared/artifacts.ts";
import { ec2 } from "./shared/ec2.ts";
import { kms } from "./shared/kms.ts";
import { policies } from "./shared/policies.ts";
import { s3 } from "./shared/s3.ts";
import { ssm } from "./shared/ssm.ts";
import { stage } from "./shared/stage.ts";

const names = s3Names({ s3, stage });
const { account } = stage;
const { version } = packageJson;
const signer = kmsSigner({ kms, stage });
const platform = stagePlatform({ artifacts, stage, version, node: pins });

export const handler = patient(
  publishImage({
    ...{ images: ec2Images({ ec2, s3, ssm, stage }), announcements, artifacts },
    attest: attest({ artifacts, signer, platform }),
    approve: (bake, baked) =>
      assertAllowed({ policies, names, artifacts }, bake, { ...baked, account }),
  }),
);
