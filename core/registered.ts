import type * as z from "zod";
import type { BakeId } from "./ids.ts";
import { Image } from "./image.ts";
import type { Artifacts } from "./ports.ts";

/** A bake's image as it was registered: what its statement speaks of. */
export const Registered = Image.omit({
  ...{ state: true, created: true, deprecateAt: true, statement: true },
});
export type Registered = z.infer<typeof Registered>;

const key = "registered.json";

export const writeRegistered = (artifacts: Artifacts, bake: BakeId, registered: Registered) =>
  artifacts.write(bake, key, JSON.stringify(registered));

/** Throws NotFound before the image was registered. */
export const readRegistered = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<Registered> => Registered.parse(JSON.parse(await artifacts.read(bake, key)));
