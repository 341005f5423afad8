import { inspectorVulnerabilities } from "../../aws/inspector.ts";
import { ec2 } from "./ec2.ts";
import { stage } from "./stage.ts";

/** Amazon Inspector, asked as who the function is; its endpoint is told as the SDK's clients have it. */
export const vulnerabilities = inspectorVulnerabilities({
  region: stage.region,
  credentials: ec2.config.credentials,
  endpoint: process.env["AWS_ENDPOINT_URL_INSPECTOR_SCAN"],
});
