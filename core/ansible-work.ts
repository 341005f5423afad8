import * as z from "zod";

/** What an ansible step is to do. */
export const ansibleWork = {
  /** Path in the bundle of the folder that Ansible sees. */
  folder: z.string(),
  /** Path of the playbook in that folder; or `role`, the name of one in its roles/. */
  playbook: z.string().optional(),
  role: z.string().optional(),
  /** Groups that the image is in. */
  groups: z.array(z.string()),
  extraVars: z.record(z.string(), z.unknown()),
  tags: z.array(z.string()),
  skipTags: z.array(z.string()),
  /** As many `-v`. */
  verbosity: z.int(),
};
