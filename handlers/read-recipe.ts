import { s3Artifacts } from "../aws/artifacts.ts";
import { patient } from "../aws/patient.ts";
import { surroundingsOf } from "../aws/surroundings.ts";
import { readRecipe } from "../functions/read-recipe.ts";
import { s3 } from "./shared/s3.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(readRecipe(s3Artifacts({ s3, stage }), surroundingsOf(stage)));
