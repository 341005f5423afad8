import { releaseBake } from "../functions/release-bake.ts";
import { queued } from "./shared/queued.ts";
import { releases } from "./shared/releases.ts";

export const handler = queued(releaseBake(releases));
