import { SNSClient } from "@aws-sdk/client-sns";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const sns = new SNSClient(retries);
