import { patient } from "../aws/patient.ts";
import { surroundingsOf } from "../aws/surroundings.ts";
import { readRecipe } from "../functions/read-recipe.ts";
import { artifacts } from "./shared/artifacts.ts";
import { policyOf } from "./shared/policy-of.ts";
import { stage } from "./shared/stage.ts";

export const handler = patient(readRecipe(artifacts, surroundingsOf(stage), policyOf));
