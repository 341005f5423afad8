import * as z from "zod";
import { BundlePath, ParameterPath, StoredSecretName, VariableName } from "./formats.ts";
import { exactlyOne, keyed, required } from "./shape.ts";

const SOURCES = ["environment", "file", "parameter", "secret"];

const From = keyed({
  environment: VariableName.optional().describe("The environment variable that holds it."),
  // Only below the recipe's folder: a recipe is not trusted with the files of the one who bakes.
  file: BundlePath.optional().describe("A file that holds it, relative to the recipe."),
  parameter: ParameterPath.optional().describe(
    "In an AWS account: the SecureString of Systems Manager that holds it.",
  ),
  secret: StoredSecretName.optional().describe(
    "In an AWS account: the secret of Secrets Manager that is it.",
  ),
})
  .check(exactlyOne(SOURCES))
  .meta({ oneOf: required(SOURCES), description: "Where a secret's value is fetched from." });

const SCALAR = "write text, a number, true or false";

const shape = keyed({
  type: z
    .enum(["string", "number", "boolean", "secret"])
    .default("string")
    .describe("What values it takes; a secret is given to shell steps only, as a file."),
  description: z.string().optional().describe("What it is for."),
  default: z
    .union([z.string(), z.number(), z.boolean()], { error: SCALAR })
    .optional()
    .describe("The value when none is given; without it, one must be given."),
  required: z
    .boolean()
    .optional()
    .describe("false: a string that is empty when not given, instead of an error."),
  from: From.optional(),
});
type Shape = z.infer<typeof shape>;

type Complaint = { key: keyof Shape; message: string; hint: string };

const secretComplaints = ({ type, default: value, required: must, from }: Shape): Complaint[] => {
  const found: Complaint[] = [];
  if (type !== "secret" && from !== undefined) {
    const message = "only a secret is fetched from elsewhere";
    found.push({ key: "from", message, hint: "add type: secret, or leave from out" });
  }
  if (type === "secret" && value !== undefined) {
    const hint = "leave default out: from says where its value is";
    found.push({ key: "default", message: "a secret takes no default", hint });
  }
  if (type === "secret" && must === false) {
    const message = "a secret is always required";
    found.push({ key: "required", message, hint: "leave required out" });
  }
  return found;
};

const defaultComplaints = ({ type, default: value, required: must }: Shape): Complaint[] => {
  if (type === "secret") return [];
  if (value !== undefined && typeof value !== type) {
    const message = `default is ${JSON.stringify(value)}, a ${typeof value}, and the type is ${type}`;
    const quoted = `write it in quotes, or add type: ${typeof value}`;
    const hint = type === "string" ? quoted : `write a ${type}`;
    return [{ key: "default", message, hint }];
  }
  if (value !== undefined && must === true) {
    const message = "a parameter with a default cannot be required";
    return [{ key: "required", message, hint: "leave out one of required and default" }];
  }
  if (value === undefined && must === false && type !== "string") {
    const message = `a ${type} that is not given has no value`;
    return [{ key: "required", message, hint: "give it a default instead" }];
  }
  return [];
};

/** One entry of `parameters:`. */
export const Declaration = shape.superRefine((declared, context) => {
  for (const { key, message, hint } of [
    ...secretComplaints(declared),
    ...defaultComplaints(declared),
  ]) {
    context.addIssue({ code: "custom", message, path: [key], params: { hint } });
  }
});
export type Declaration = z.infer<typeof Declaration>;
