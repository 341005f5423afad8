import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { stageKey } from "./key.ts";
import { signingKey } from "./signing-key.ts";
import type { StageSettings } from "./parameters.ts";

/** The keys, and the buckets of recipes and artifacts. */
export class Storage extends Construct {
  readonly key: kms.Key;
  readonly signingKey: kms.Key;
  readonly recipes: s3.Bucket;
  readonly artifacts: s3.Bucket;

  constructor(scope: Construct, id: string, settings: StageSettings) {
    super(scope, id);
    const { name, parameters } = settings;
    // published images are encrypted with the key, and their records are in a bucket
    const removalPolicy = parameters.disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const all = {
      ...{ enforceSSL: true, minimumTLSVersion: 1.2, removalPolicy },
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    };
    // as policies, not as ACLs, which S3 has given up
    this.node.setContext("@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy", true);
    this.key = stageKey(this, name, removalPolicy);
    // a statement that nobody can verify any more is worth nothing
    this.signingKey = signingKey(this, settings, removalPolicy);
    const serverAccessLogsBucket = new s3.Bucket(this, "AccessLogs", {
      ...{ ...all, encryption: s3.BucketEncryption.S3_MANAGED }, // S3 delivers to no other
      lifecycleRules: [{ expiration: Duration.days(365) }],
    });
    const encrypted = {
      ...{ ...all, serverAccessLogsBucket, versioned: true },
      ...{ encryptionKey: this.key, bucketKeyEnabled: true },
    };
    this.recipes = new s3.Bucket(this, "Recipes", {
      ...{ ...encrypted, serverAccessLogsPrefix: "recipes/" },
      lifecycleRules: [tidy(365)],
    });
    tellEventBridge(this.recipes);
    this.artifacts = new s3.Bucket(this, "Artifacts", {
      ...{ ...encrypted, serverAccessLogsPrefix: "artifacts/" },
      lifecycleRules: [
        tidy(30),
        // what a builder was given and answered: the functions copy what is to be kept
        { prefix: "builders/", expiration: Duration.days(7) },
        // notes that are written anew each second, and tell nobody anything an hour later
        {
          ...{ prefix: "looks/", expiration: Duration.days(7) },
          noncurrentVersionExpiration: Duration.days(1),
        },
      ],
    });
  }
}

/** Old versions go, and parts of uploads that nobody finished. */
const tidy = (days: number): s3.LifecycleRule => ({
  noncurrentVersionExpiration: Duration.days(days),
  abortIncompleteMultipartUploadAfter: Duration.days(7),
});

/** CDK's own property makes a custom resource for what CloudFormation does by itself. */
const tellEventBridge = (bucket: s3.Bucket) => {
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
};
