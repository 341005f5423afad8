import { S3Client } from "@aws-sdk/client-s3";
import { retries } from "../../aws/retries.ts";

/** One for all calls of a function. */
export const s3 = new S3Client(retries);
