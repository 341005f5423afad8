import { SSMClient } from "@aws-sdk/client-ssm";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const ssm = new SSMClient(retries);
