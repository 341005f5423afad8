import { noWishes, type BuilderWishes } from "../builder-wishes.ts";
import { InstanceSize, isSize } from "./instance-type.ts";
import { pattern } from "./shape.ts";
import type { WrittenAws } from "./aws.ts";

/** Keys of an image that are for the machine that bakes it in an AWS account. */
export const machineKeys = {
  region: pattern(
    /^[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}$/,
    'a region is named as AWS names it, as in "eu-west-1"',
  )
    .optional()
    .describe("The region to bake in, on AWS: refused where it is not the bakery's."),
  instance_size: InstanceSize.optional().describe(
    "The builder, on AWS: small, medium, large or xlarge, or an instance type.",
  ),
  subnet: pattern(/^subnet-[0-9a-f]{8,17}$/, "a subnet's id is subnet- and 17 hexadecimal digits")
    .optional()
    .describe("The subnet of the builder, on AWS."),
  security_group: pattern(
    /^sg-[0-9a-f]{8,17}$/,
    "a security group's id is sg- and 17 hexadecimal digits",
  )
    .optional()
    .describe("The security group of the builder, on AWS."),
};

export interface WrittenMachine {
  region?: string | undefined;
  instance_size?: string | undefined;
  subnet?: string | undefined;
  security_group?: string | undefined;
  aws?: WrittenAws | undefined;
}

/** What the recipe asks of its builder; keys that it has not are absent. */
export const wishesOf = (written: WrittenMachine): BuilderWishes => {
  const { region, subnet, security_group: securityGroup, aws } = written;
  return {
    ...noWishes,
    ...present({ region, subnet, securityGroup, ...sizeOf(written), kmsKey: aws?.kms_key }),
    ...present({ spot: aws?.spot, ports: aws?.ports && [...new Set(aws.ports)] }),
    ...present({ volume: aws?.volume && { ...present(aws.volume), type: aws.volume.type } }),
  };
};

const sizeOf = ({ instance_size: size, aws }: WrittenMachine) => {
  if (size === undefined) return { instanceTypes: aws?.instance_types };
  return isSize(size) ? { instanceSize: size } : { instanceTypes: [size] };
};

/** Without keys that have no value: two recipes that ask for the same have the same hash. */
const present = <T extends object>(all: T): Partial<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Partial<T>;
