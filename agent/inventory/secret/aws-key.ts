import { shownSecret } from "./shown.ts";

/** Characters before and after an id in which its secret is looked for. */
export const awsReach = 500;

/*
 * Neither is part of a longer word. What stands after an equals sign is none: shells and files of
 * variables have keys so; nor, of an id, what stands after a slash: URLs have them so.
 */

/** Access key ids of users and of sessions are base 32: they name the account in their bits. */
const id = /(?<![A-Za-z0-9])A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9/+=])/;
const secrets = /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;

/**
 * What may be told of an AWS access key, in the text around where `at` its id may begin; undefined
 * when there is none or its secret is not beside it: an id alone gives access to nothing.
 */
export const awsKeyIn = (text: string, at: number): string | undefined => {
  const found = id.exec(text.slice(Math.max(0, at - 1), at + 21))?.[0];
  if (found === undefined || found.endsWith("EXAMPLE")) return undefined;
  return (text.match(secrets) ?? []).some(isSecret) ? shownSecret(found) : undefined;
};

/** Forty random characters: no path, no hexadecimal digest. */
const isSecret = (text: string): boolean =>
  !text.endsWith("EXAMPLEKEY") &&
  new Set(text).size >= 16 &&
  /[a-z]/.test(text) &&
  /[A-Z]/.test(text) &&
  /[0-9]/.test(text);
