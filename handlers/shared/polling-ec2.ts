import { EC2Client } from "@aws-sdk/client-ec2";
import { once } from "../../aws/retries.ts";

/** For calls that only look: what is not told now is asked again anyway, later. */
export const pollingEc2 = new EC2Client(once);
