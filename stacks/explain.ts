import { NagSuppressions } from "cdk-nag";
import type { IConstruct } from "constructs";
import type { Permission } from "./permissions/permission.ts";

/** Tells cdk-nag's readers why a role has wildcards. */
export const explainWildcards = (role: IConstruct, permissions: readonly Permission[]) => {
  const whys = new Set(permissions.flatMap(({ why }) => why ?? []));
  const reason = ["narrowed to the stage by tag, prefix or service, but for:", ...whys].join(
    "\n- ",
  );
  explain(role, "AwsSolutions-IAM5", reason);
};

/** Tells them why a rule of theirs is not kept by a construct and what is in it. */
export const explain = (construct: IConstruct, rule: string, reason: string) =>
  NagSuppressions.addResourceSuppressions(construct, [{ id: rule, reason }], true);
