import * as z from "zod";
import { AbsolutePath, AuthorizedKey, UserComment, UserName } from "./formats.ts";
import { keyed, some, whole } from "./shape.ts";

// 2^32 - 1 is "no user" to the kernel.
const MOST_UID = 2 ** 32 - 2;

const WrittenUser = keyed({
  name: UserName.describe("The user's name."),
  uid: whole(0, MOST_UID, `a user's number is from 0 to ${MOST_UID}`)
    .optional()
    .describe("The user's number."),
  group: UserName.optional().describe("The primary group; one of the user's own name if absent."),
  groups: z
    .array(UserName, { error: 'list groups, as in ["sudo"]' })
    .default([])
    .describe("More groups; made when missing."),
  comment: UserComment.default("").describe("The user's full name, or what it is for."),
  home: AbsolutePath.optional().describe("The home folder."),
  shell: AbsolutePath.optional().describe("The login shell."),
  system: z.boolean().default(false).describe("A user for a service rather than a person."),
  ssh_authorized_keys: z
    .array(AuthorizedKey, { error: "list public keys" })
    .default([])
    .describe("Public keys that may log in as the user."),
});

/** The body of a `users:` step. */
export const UsersBody = some(WrittenUser, "list users, each with a name, as in [{name: deploy}]");
