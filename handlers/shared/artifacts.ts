import { s3Artifacts } from "../../aws/artifacts.ts";
import { s3 } from "./s3.ts";
import { stage } from "./stage.ts";

export const artifacts = s3Artifacts({ s3, stage });
