import type * as z from "zod";
import type { BakeId } from "./ids.ts";
import type { Artifacts } from "./ports.ts";

/**
 * How a bake's artifact of that key is written and read, as JSON of that shape. `read` throws
 * NotFound before it was written, and a ZodError for another shape.
 */
export const kept = <Value>(key: string, schema: z.ZodType<Value>) => ({
  write: (artifacts: Pick<Artifacts, "write">, bake: BakeId, value: Value): Promise<void> =>
    artifacts.write(bake, key, JSON.stringify(value)),
  read: async (artifacts: Pick<Artifacts, "read">, bake: BakeId): Promise<Value> =>
    schema.parse(JSON.parse(await artifacts.read(bake, key))),
});
