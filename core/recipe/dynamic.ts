/*
 * Parameters that a bake in an AWS account fills in by itself: they need no declaration, and one
 * that is declared is as any other.
 */

/** Their names, and what each is. */
export const dynamicParameters = {
  IMAGE_BUILDER_SUBNET_ID: "a subnet in which builders run",
  IMAGE_BUILDER_SECURITY_GROUP_ID: "the security group of builders",
  BUILD_REGION: "the region in which the bake runs",
} as const;
export type DynamicName = keyof typeof dynamicParameters;

/** Their values by name; of a bake on one machine there are none. */
export type DynamicValues = Readonly<Partial<Record<DynamicName, string>>>;

/** Of the form that the real ones have, to judge a recipe by where no bake is asked for. */
export const exampleValues: Required<DynamicValues> = {
  IMAGE_BUILDER_SUBNET_ID: "subnet-00000000000000000",
  IMAGE_BUILDER_SECURITY_GROUP_ID: "sg-00000000000000000",
  BUILD_REGION: "us-east-1",
};

export const isDynamic = (name: string): name is DynamicName =>
  Object.hasOwn(dynamicParameters, name);

/** What the book's recipes name, and what a builder does not have. */
export const SSH_KEY = "IMAGE_BUILDER_SSH_KEY";
