import type { KMSClient } from "@aws-sdk/client-kms";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SSMClient } from "@aws-sdk/client-ssm";

export type AwsClient =
  EC2Client | EventBridgeClient | KMSClient | S3Client | SNSClient | SSMClient;

export interface Asked {
  /** `RegisterImage` and so on. */
  call: string;
  input: Record<string, unknown>;
}

/** What a call of AWS becomes: the answer of the service, or another. */
type Between = (asked: Asked, next: () => Promise<unknown>) => Promise<unknown>;

/**
 * Stands between those who call a client and the service; behind those who stood there before, but
 * for those who stand `at the service`.
 */
export const between = (client: AwsClient, act: Between, where?: "at the service"): void => {
  (client as EC2Client).middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const input = args.input as Record<string, unknown>;
        const asked = { call: commandName.replace(/Command$/, ""), input };
        let response: unknown;
        const output = await act(asked, async () => {
          const result = await next(args);
          response = result.response;
          return result.output;
        });
        return { output: { $metadata: {}, ...(output as object) }, response };
      },
    { step: "initialize", priority: where === undefined ? "high" : "low" },
  );
};

/** What these clients are asked from now on, in order. */
export const recorded = (...clients: AwsClient[]): Asked[] => {
  const all: Asked[] = [];
  for (const client of clients) {
    between(client, (asked, next) => {
      all.push(asked);
      return next();
    });
  }
  return all;
};
