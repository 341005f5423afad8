import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const logs = new CloudWatchLogsClient(retries);
