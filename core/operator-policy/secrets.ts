import type { ResolvedRecipe, SecretSource } from "../job.ts";
import { either } from "../recipe/shape.ts";
import type { Complaint } from "../recipe/explain.ts";
import { fits } from "../pattern.ts";
import { type PolicyInForce, refusal } from "./in-force.ts";

/** Where a stage's secrets lie: in Parameter Store, and in Secrets Manager. */
const folders = (stage: string) => ({
  parameters: `/ovenbird/${stage}/secrets/`,
  secrets: `ovenbird/${stage}/`,
});

/** By parameters with such names Parameter Store answers what Secrets Manager has. */
const reference = "/aws/reference/secretsmanager/";

/**
 * Secrets of a recipe that its prefix may not use: functions can read all of the stage's, so that
 * this alone keeps one team's from another.
 */
export const secretComplaints = (
  inForce: PolicyInForce,
  { secrets }: Pick<ResolvedRecipe, "secrets">,
): Complaint[] =>
  secrets.flatMap(({ name, from }) => {
    const stored = storedName(from);
    if (stored === undefined) return []; // of one machine: refused where a bake is on another
    const path = ["image", "parameters", name, "from"];
    const own = nameBelow(stored, inForce.own.stage);
    if (own === undefined) return [elsewhere(inForce, { path, name, stored, from })];
    const { allows, words } = allowedNames(inForce);
    return allows(own) ? [] : [refusal(inForce, path, `the secret ${own}`, words)];
  });

/** As the function asks for it. */
const storedName = (from: SecretSource): string | undefined => {
  if ("parameter" in from) return from.parameter;
  return "secret" in from ? `${reference}${from.secret}` : undefined;
};

/** The name below the stage's folder; undefined for what is in no folder of the stage's. */
const nameBelow = (stored: string, stage: string): string | undefined => {
  const { parameters, secrets } = folders(stage);
  const folder = [parameters, `${reference}${secrets}`].find((one) => stored.startsWith(one));
  return folder === undefined ? undefined : stored.slice(folder.length);
};

interface Elsewhere {
  path: Complaint["path"];
  name: string;
  stored: string;
  from: SecretSource;
}

const elsewhere = (
  { own: { stage } }: PolicyInForce,
  { path, name, stored, from }: Elsewhere,
): Complaint => {
  const { parameters, secrets } = folders(stage);
  const [what, home] = "secret" in from ? [from.secret, secrets] : ([stored, parameters] as const);
  return {
    ...{ path, on: "value" },
    message: `the secret ${name} is ${what}, which the stage ${stage} may not read`,
    hint: `put it below ${home}`,
  };
};

/**
 * What is allowed where a policy does not say it: at the top of the bucket all, because who may
 * drop there may drop anywhere; below a prefix its own folder, and where nobody has written a
 * policy, so that there is one team, what is in no folder as well.
 */
const allowedNames = ({ policy, prefix, file }: PolicyInForce) => {
  const { secrets } = policy;
  if (secrets !== undefined) {
    const words = secrets.length === 0 ? "none is allowed" : `allowed is ${either(secrets)}`;
    return { allows: (name: string) => fits(name, secrets), words };
  }
  if (prefix === "") return { allows: () => true, words: "all are allowed" };
  const isAlone = file === undefined;
  return {
    // a prefix is no pattern: whoever may choose its name chooses no other's secrets
    allows: (name: string) => name.startsWith(`${prefix}/`) || (isAlone && !name.includes("/")),
    words: `allowed is ${prefix}/*${isAlone ? ", and what is in no folder" : ""}`,
  };
};
