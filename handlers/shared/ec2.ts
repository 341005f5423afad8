import { EC2Client } from "@aws-sdk/client-ec2";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const ec2 = new EC2Client(retries);
