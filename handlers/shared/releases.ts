import { ec2Builders } from "../../aws/builders.ts";
import { ec2Images } from "../../aws/images.ts";
import { ec2Snapshots } from "../../aws/snapshots.ts";
import { ec2TestMachines } from "../../aws/test-machines.ts";
import type { BakeId } from "../../core/ids.ts";
import { releaseBake } from "../../functions/release-bake.ts";
import { agents } from "./agents.ts";
import { artifacts } from "./artifacts.ts";
import { ec2 } from "./ec2.ts";
import { s3 } from "./s3.ts";
import { ssm } from "./ssm.ts";
import { stage } from "./stage.ts";

/** All that can be left of a bake. */
export const releases = {
  agents,
  builders: ec2Builders({ ec2, s3, ssm, stage }),
  testMachines: ec2TestMachines({ ec2, s3, ssm, stage, artifacts }),
  images: ec2Images({ ec2, s3, ssm, stage }),
  snapshots: ec2Snapshots({ ec2, stage }),
};

/** Gives back what a bake holds, for functions that are no task of its state machine. */
export const release = (bake: BakeId): Promise<unknown> => releaseBake(releases)({ bake }, {});
