import * as z from "zod";
import { atLeastOne, keyed, pattern, required, some } from "./shape.ts";

const arn = (what: string): RegExp =>
  new RegExp(String.raw`^arn:aws[a-z-]*:organizations::[0-9]{12}:${what}$`);

export const AccountId = pattern(
  /^[0-9]{12}$/,
  'an account\'s id is 12 digits, in quotes, as in "123456789012"',
);

const Organization = pattern(
  arn("organization/o-[a-z0-9]{10,32}"),
  "an organization is named by its ARN: arn:aws:organizations::123456789012:organization/o-…",
);

const OrganizationalUnit = pattern(
  arn("ou/o-[a-z0-9]{10,32}/ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}"),
  "an organizational unit is named by its ARN: arn:aws:organizations::123456789012:ou/o-…/ou-…",
);

const KEYS = ["users", "organizations", "organizational_units"];
const PRIVATE = "write false: EC2 makes no image public whose disk is encrypted, and every root is";

/** `launch_permissions:`, as written. */
export const WrittenLaunchPermissions = keyed({
  users: some(AccountId, 'list accounts, as in ["123456789012"]')
    .optional()
    .describe("Ids of the accounts that may launch it."),
  organizations: some(Organization, "list ARNs of organizations")
    .optional()
    .describe("ARNs of organizations of which every account may launch it."),
  organizational_units: some(OrganizationalUnit, "list ARNs of organizational units")
    .optional()
    .describe("ARNs of organizational units of which every account may launch it."),
  public: z
    .literal(false, { error: PRIVATE })
    .optional()
    .describe("false: EC2 makes no image public whose disk is encrypted, as all are."),
})
  .check(atLeastOne(KEYS))
  .meta({ anyOf: required(KEYS) });
