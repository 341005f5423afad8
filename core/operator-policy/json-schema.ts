import * as z from "zod";
import { PolicyFile } from "./schema.ts";

/** The JSON Schema by which editors complete and check policies; draft 7, as for recipes. */
export const policyJsonSchema = (): Record<string, unknown> => {
  const schema = z.toJSONSchema(PolicyFile, { io: "input", target: "draft-7" });
  const { $schema, ...rest } = schema;
  return { $schema, title: "An Ovenbird operator policy", ...rest };
};
