import { SFNClient } from "@aws-sdk/client-sfn";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const sfn = new SFNClient(retries);
