import { NotReady } from "../../core/errors.ts";

const noCredentials = new Set(["CredentialsProviderError", "TokenProviderError"]);

/** What the services say of credentials that are old or none of theirs. */
const badCredentials = new Set([
  ...["ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"],
  ...["UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch"],
  ...["AuthFailure", "InvalidAccessKeyId"],
]);

const denied = new Set(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]);

/** An error of AWS's about who asks, as one that says what to do; any other as it is. */
export const inAwsWords = (error: unknown): unknown => {
  const why = error instanceof Error ? reasonOf(error) : undefined;
  return why === undefined ? error : new NotReady(why, { cause: error });
};

const reasonOf = ({ name, message }: Error): string | undefined => {
  if (noCredentials.has(name)) {
    return "no credentials of an AWS account were found: log in, as by `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
  }
  if (message === "Region is missing") {
    return "no region was chosen: set AWS_REGION, or a region in the profile";
  }
  if (badCredentials.has(name)) {
    return `AWS does not take these credentials (${name}: ${message}): log in again, or choose others by AWS_PROFILE`;
  }
  if (denied.has(name)) {
    return `these credentials may not do that (${name}): ${message}`;
  }
  return undefined;
};
