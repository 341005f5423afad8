import { expect, test } from "vitest";
import { surroundingsOf } from "../../aws/surroundings.ts";
import { dynamicParameters } from "../../core/recipe/dynamic.ts";

test("a stage has a value for every dynamic parameter", () => {
  const subnets = [
    { subnetId: "subnet-1", zone: "eu-west-1a" },
    { subnetId: "subnet-2", zone: "eu-west-1b" },
  ];
  const network = { mode: "nat", vpcId: "vpc-1", subnets, securityGroupId: "sg-1" } as const;
  const values = surroundingsOf({ region: "eu-west-1", network: { ...network, subnets } });
  expect(values).toEqual({
    BUILD_REGION: "eu-west-1",
    IMAGE_BUILDER_SECURITY_GROUP_ID: "sg-1",
    IMAGE_BUILDER_SUBNET_ID: "subnet-1",
  });
  expect(Object.keys(values).toSorted()).toEqual(Object.keys(dynamicParameters).toSorted());
});
