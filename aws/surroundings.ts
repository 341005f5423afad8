import type { DynamicValues } from "../core/recipe/dynamic.ts";
import type { Stage } from "./stage.ts";

/**
 * What a bake of this stage fills in of a recipe without being told. The subnet is the one that is
 * tried first: a builder that is asked for in one of the stage's own may as well be in another.
 */
export const surroundingsOf = ({
  region,
  network,
}: Pick<Stage, "region" | "network">): DynamicValues => ({
  BUILD_REGION: region,
  IMAGE_BUILDER_SECURITY_GROUP_ID: network.securityGroupId,
  IMAGE_BUILDER_SUBNET_ID: network.subnets.map(({ subnetId }) => subnetId)[0],
});
