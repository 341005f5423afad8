import { KMSClient } from "@aws-sdk/client-kms";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const kms = new KMSClient(retries);
