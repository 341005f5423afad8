import { createHash } from "node:crypto";
import * as z from "zod";
import type { ResolvedRecipe } from "../job.ts";
import { RecipePolicy } from "./schema.ts";

/** What an image's recipe has to do with its judgement: kept with that, so that it can be made again. */
export const RecipeFacts = z.strictObject({
  /** Names of the steps that ran. */
  steps: z.array(z.string()),
  /** Fingerprints of the keys that it gives its users, as ssh-keygen -l has them. */
  keys: z.array(z.string()),
  policy: RecipePolicy.optional(),
});
export type RecipeFacts = z.infer<typeof RecipeFacts>;

export const recipeFacts = ({ steps, policy }: ResolvedRecipe): RecipeFacts => {
  const ran = steps.filter(({ skipped }) => skipped === undefined);
  const users = ran.flatMap((step) => (step.kind === "users" ? step.users : []));
  return {
    steps: ran.map(({ name }) => name),
    keys: users.flatMap(({ sshAuthorizedKeys }) => sshAuthorizedKeys.flatMap(fingerprints)),
    ...(policy !== undefined && { policy }),
  };
};

/** Of the keys in a line of authorized_keys: there may be options before one, a comment after. */
const fingerprints = (line: string): string[] =>
  line
    .split(/\s+/)
    .filter((word) => word.startsWith("AAAA"))
    .map((key) => {
      const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
      return `SHA256:${digest.replace(/=+$/, "")}`;
    });
