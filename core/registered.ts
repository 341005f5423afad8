import type * as z from "zod";
import { Image } from "./image.ts";
import { kept } from "./kept.ts";

/** A bake's image as it was registered: what its statement speaks of. */
export const Registered = Image.omit({
  ...{ state: true, created: true, deprecateAt: true, statement: true },
});
export type Registered = z.infer<typeof Registered>;

/** Read before the image was registered, it is NotFound. */
export const { write: writeRegistered, read: readRegistered } = kept("registered.json", Registered);
