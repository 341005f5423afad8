import { patient } from "../aws/patient.ts";
import { releaseBake } from "../functions/release-bake.ts";
import { artifacts } from "./shared/artifacts.ts";
import { releases } from "./shared/releases.ts";

export const handler = patient(releaseBake(releases, artifacts));
