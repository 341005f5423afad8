import { NotPermitted } from "./errors.ts";

/** What AWS's services call it when the caller's role lacks a permission. */
const denials = new Set([
  ...["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"],
  // EC2's, for an account's first spot instance
  "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
]);

/**
 * What AWS does not let a function do, as a sentence: whose role lacks which permission. Any other
 * error is undefined. The services' own messages name the role that asked, the action and, most of
 * them, the resource: docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export const notPermitted = (error: unknown): NotPermitted | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (name === "OperationNotPermitted") {
    return new NotPermitted(
      `AWS does not permit that here, whatever a role may do (${name}): ${message}`,
      { cause: error },
    );
  }
  if (!denials.has(name)) return undefined;
  const role = /:assumed-role\/([^/\s]+)/.exec(message)?.[1];
  const action = /perform: (\S+)/.exec(message)?.[1];
  const resource = /on resource: (\S+)/.exec(message)?.[1]?.replace(/[.,]$/, "");
  const whose = role === undefined ? "the role of this state's function" : `the role ${role}`;
  const what = action === undefined ? "a permission" : `the permission ${action}`;
  const where = resource === undefined ? "" : ` on ${resource}`;
  return new NotPermitted(
    `${whose} lacks ${what}${where}, or a policy of the organization or of the resource forbids it; the stage's stacks give it, so deploy them again, or ask who set the limit. AWS said (${name}): ${message}`,
    { cause: error },
  );
};
