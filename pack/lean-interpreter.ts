import { resolve } from "node:path";
import type { Plugin } from "esbuild";

/**
 * The interpreter of state machines can call Lambda functions, and validate a definition. Here each
 * task has a handler of its own, and a test validates the definition: without the AWS SDK's client,
 * its credentials and the validator's schemas a bake starts a tenth of a second earlier.
 */
export const leanInterpreter: Plugin = {
  name: "lean-interpreter",
  setup(build) {
    const filter = /^(?:@aws-sdk\/client-lambda|@aws-sdk\/credential-providers|asl-validator)$/;
    build.onResolve({ filter }, ({ importer }) =>
      /[\\/]aws-local-stepfunctions[\\/]/.test(importer)
        ? { path: resolve("pack/no-lambda.ts") }
        : undefined,
    );
  },
};
