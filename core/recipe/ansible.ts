import * as z from "zod";
import type { AnsibleStep } from "../step.ts";
import {
  AnsibleTag,
  BundlePath,
  GroupName,
  PlaybookPath,
  RepositoryPath,
  VariableName,
} from "./formats.ts";
import { keyed, whole } from "./shape.ts";
import { mapLeaves } from "./tree.ts";

const tags = z.array(AnsibleTag, { error: 'list tags, as in ["install"]' }).default([]);

/** YAML has numbers that JSON, in which Ansible gets them, has not. */
const isJson = (value: unknown): boolean => {
  const numbers: number[] = [];
  mapLeaves(value, (leaf) => typeof leaf === "number" && numbers.push(leaf));
  return numbers.every(Number.isFinite);
};

const Value = z.unknown().refine(isJson, { error: "write a finite number" });

/** The body of an `ansible:` step. */
export const AnsibleBody = keyed({
  playbook: PlaybookPath.describe("The playbook's file, in a folder beside the recipe."),
  folder: BundlePath.optional().describe(
    "The folder that Ansible sees, with roles and group_vars: the playbook's own if absent.",
  ),
  groups: z
    .array(GroupName, { error: 'list groups, as in ["appserver"]' })
    .default([])
    .describe("Groups that the image is in, for hosts: in the playbook."),
  extra_vars: z
    .record(VariableName, Value, { error: "write a map from a variable's name to its value" })
    .default({})
    .describe("Variables that come before all others."),
  tags: tags.describe("Only tasks with one of these tags."),
  skip_tags: tags.describe("Only tasks without these tags."),
  verbosity: whole(0, 4, "it is from 0 to 4, as many as the letters of -vvvv")
    .default(0)
    .describe("How much Ansible tells."),
}).superRefine(({ playbook, folder }, context) => {
  if (folder === undefined || relativeTo(folder, playbook) !== undefined) return;
  const hint = "name a folder above the playbook, from the recipe's own folder on";
  const message = `the playbook ${playbook} is not in ${folder}`;
  context.addIssue({ code: "custom", message, path: ["folder"], params: { hint } });
});
export type AnsibleBody = z.infer<typeof AnsibleBody>;

/** A step as the book writes it: a tool, its code, and the role that the image gets of it. */
export const toolKeys = {
  tool: z
    .literal("ansible", { error: "the tool is ansible; a shell step runs any other" })
    .optional()
    .describe("Gives the image the role server_role of code_repo."),
  code_repo: RepositoryPath.optional().describe(
    "With tool: a folder beside the recipe that has the role in roles/.",
  ),
  server_role: GroupName.optional().describe(
    "With tool: the role that the image gets; the image is in the group of that name as well.",
  ),
};
export type ToolKeys = Record<keyof typeof toolKeys, string | undefined>;

/** What `tool` cannot do without, and what is nothing without it; as JSON Schema's draft 7 says it. */
export const dependencies = {
  tool: ["code_repo", "server_role"],
  code_repo: ["tool"],
  server_role: ["tool"],
};

/** That each key of these comes with those it needs. */
export const togetherWithTool = z.superRefine<Partial<Record<string, unknown>>>((step, context) => {
  for (const [key, needed] of Object.entries(dependencies)) {
    const missing = needed.filter((name) => step[name] === undefined);
    if (step[key] === undefined || missing.length === 0) continue;
    const message = `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing`;
    const hint = "tool, code_repo and server_role come together; or write an ansible step";
    context.addIssue({ code: "custom", message, path: [key], params: { hint, on: "key" } });
    return;
  }
});

const names = (path: string): string[] =>
  path.split("/").filter((name) => name !== "" && name !== ".");

/** A path as one from that folder on; undefined when it is not in it, or the folder is no other. */
const relativeTo = (folder: string, path: string): string | undefined => {
  const [above, below] = [names(folder), names(path)];
  const isAbove = above.every((name, at) => name === below[at]);
  if (above.length === 0 || above.length >= below.length || !isAbove) return undefined;
  return below.slice(above.length).join("/");
};

type Work = Omit<AnsibleStep, "kind" | "name" | "timeout" | "skipped">;

/** What an `ansible:` step is to do. */
export const playbookWork = (body: AnsibleBody): Work => {
  const { groups, tags, verbosity } = body;
  const folder = body.folder ?? names(body.playbook).slice(0, -1).join("/");
  const shared = { groups, tags, verbosity, folder: names(folder).join("/") };
  const playbook = relativeTo(folder, body.playbook);
  return { ...shared, playbook, extraVars: body.extra_vars, skipTags: body.skip_tags };
};

/** What a step of `tool: ansible` is to do. */
export const roleWork = ({ code_repo = "", server_role = "" }: Partial<ToolKeys>): Work => ({
  ...{ folder: names(code_repo).join("/"), role: server_role, groups: [server_role] },
  ...{ extraVars: {}, tags: [], skipTags: [], verbosity: 0 },
});
