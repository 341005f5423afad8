import type { Stack } from "aws-cdk-lib";

/*
 * As much of SST's types as sst.config.ts needs: SST itself is installed by those who deploy, and
 * brings another copy of the same aws-cdk-lib.
 */

export interface SstApp {
  stage: string;
  stack(stack: (context: { stack: Stack }) => void): void;
}

export interface SstConfig {
  config(input: { stage?: string }): { name: string; stage?: string; region?: string };
  stacks(app: SstApp): void;
}
