import type { Stage } from "../../aws/stage.ts";
import { encryptedDisks } from "../../stacks/permissions/permission.ts";
import { placesOf } from "./places.ts";

/** Functions that make disks or start machines from them: these ask the key for something. */
export const keyUsers = ["ProvisionBuilder", "TestImage"] as const;

/**
 * Whether a recipe's key is another than the stage's. `alias/aws/ebs` is AWS's own, which everybody
 * in the account may use through EC2; what another alias stands for only KMS knows.
 */
export const isForeignKey = (kmsKey: string | undefined, { keyArn }: Pick<Stage, "keyArn">) =>
  kmsKey !== undefined &&
  kmsKey !== keyArn &&
  kmsKey !== keyArn.split("key/")[1] &&
  !/(?:^|:)alias\/aws\/ebs$/.test(kmsKey);

/**
 * The statements that a key's policy needs for a stage's bakes: the functions' roles have leave for
 * the stage's key and for no other, and a key's own policy gives it as well as a role's.
 */
export const keyStatements = (stage: Stage, roles: readonly string[]): object[] =>
  encryptedDisks(placesOf(stage)).map(({ actions, conditions }, index) => ({
    Sid: `Ovenbird${index === 0 ? "Disks" : "Grants"}`,
    Effect: "Allow",
    Principal: { AWS: roles },
    Action: actions,
    Resource: "*",
    Condition: conditions,
  }));
