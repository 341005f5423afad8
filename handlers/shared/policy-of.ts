import { policyOfBake } from "../../core/policy/in-force.ts";
import { artifacts } from "./artifacts.ts";
import { policies } from "./policies.ts";

/** The provenance policy that holds for a bake, as it is when it is asked for. */
export const policyOf = policyOfBake(artifacts, policies);
