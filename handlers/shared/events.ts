import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const events = new EventBridgeClient(retries);
