import { GetParameterCommand, type SSMClient, SSMServiceException } from "@aws-sdk/client-ssm";
import { NotReady } from "../../core/errors.ts";
import type { ResolvedRecipe, SecretSource } from "../../core/job.ts";
import { seal } from "../../core/sealed.ts";
import { type Bucket, readObject, whenWritten, writeObject } from "../objects.ts";
import { mostOfBuilders } from "./places.ts";

type Secrets = ResolvedRecipe["secrets"];

/**
 * The values of a recipe's secrets. Systems Manager has those of Secrets Manager too, under names
 * of their own. Throws NotReady.
 *
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export const readStoredSecrets = async (
  ssm: SSMClient,
  secrets: Secrets,
): Promise<Record<string, string>> => {
  const values: Record<string, string> = {};
  for (const { name, from } of secrets)
    values[name] = await valueOf(ssm, name, storedName(name, from));
  return values;
};

/** Throws NotReady for what only the machine of a person has. */
const storedName = (name: string, from: SecretSource): string => {
  if ("parameter" in from) return from.parameter;
  if ("secret" in from) return `/aws/reference/secretsmanager/${from.secret}`;
  const [[kind, place] = []] = Object.entries(from);
  const what = kind === "file" ? "file" : "environment variable";
  throw new NotReady(
    `the secret ${name} is in the ${what} ${place}, which a bake in an AWS account has not; from: {parameter: …} or {secret: …} would be right`,
  );
};

const valueOf = async (ssm: SSMClient, name: string, stored: string): Promise<string> => {
  const order = { Name: stored, WithDecryption: true };
  const { Parameter } = await ssm
    .send(new GetParameterCommand(order))
    .catch(explained(name, stored));
  if (Parameter?.Type !== "SecureString" || Parameter.Value === undefined) {
    throw new NotReady(
      `the secret ${name} is the parameter ${stored}, a ${Parameter?.Type}, which is kept in clear; a SecureString would be right`,
    );
  }
  return Parameter.Value;
};

const explained = (name: string, stored: string) => (error: unknown) => {
  if (!(error instanceof SSMServiceException) || error.$fault !== "client") throw error;
  if (error.$retryable !== undefined || error.name === "ThrottlingException") throw error;
  throw new NotReady(
    `the secret ${name} cannot be read from ${stored} (${error.name}): put its value there, where the stage's functions may read it`,
    { cause: error },
  );
};

/** A builder's files of this. */
export interface SealPlaces {
  key: string;
  secrets: string;
}

/**
 * Seals the secrets for the builder that asks for them. It takes its key away when it has them, so
 * that this is done once; a second seal, by a task that ran twice, can be opened by nobody else.
 */
export const sealSecrets = async (
  aws: Bucket & { ssm: SSMClient },
  places: SealPlaces,
  secrets: Secrets,
): Promise<void> => {
  if (secrets.length === 0) return;
  const key = await readObject(aws, places.key, mostOfBuilders);
  if (key === undefined || (await whenWritten(aws, places.secrets)) !== undefined) return;
  const values = await readStoredSecrets(aws.ssm, secrets);
  await writeObject(aws, places.secrets, seal(key, JSON.stringify(values)));
};
