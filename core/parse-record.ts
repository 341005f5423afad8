import type * as z from "zod";
import { CorruptRecord } from "./errors.ts";

/** A record that was kept as JSON; `place` is where. Throws CorruptRecord. */
export const parseRecord = <Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  place: string,
): z.output<Schema> => {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new CorruptRecord(`${place} is not a record of this version; move it away to go on`, {
      cause: error,
    });
  }
};
