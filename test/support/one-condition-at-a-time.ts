import type { S3Client } from "@aws-sdk/client-s3";
import pLimit from "p-limit";

/**
 * S3 looks whether an object is there and writes it in one act. Moto looks, and then writes, in as
 * many threads as there are requests: two that come together both find nothing, and both write.
 */
export const oneConditionAtATime = (s3: S3Client): void => {
  const turn = pLimit(1);
  s3.middlewareStack.add(
    (next) => (args) => {
      const conditional = "IfNoneMatch" in args.input || "IfMatch" in args.input;
      return conditional ? turn(() => next(args)) : next(args);
    },
    { step: "initialize" },
  );
};
