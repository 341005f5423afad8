import { Tags } from "aws-cdk-lib";
import type { SstApp, SstConfig } from "./deploy/sst.ts";
import { Bakery } from "./stacks/bakery.ts";
import { built } from "./stacks/built.ts";
import { readSettings } from "./stacks/parameters.ts";

/** The app: its stacks, and nothing else. */
export default {
  config: ({ stage }) => ({ name: "ovenbird", stage }),
  stacks(app: SstApp) {
    app.stack(function Ovenbird({ stack }) {
      new Bakery(stack, "Bakery", readSettings(app.stage), built);
      if (process.env["AWS_ENDPOINT_URL"] !== undefined) untagged(stack);
    });
  },
} satisfies SstConfig;

/** moto, which tests deploy to, cannot make keys and parameters with the tags that SST gives. */
const untagged = (stack: Parameters<Parameters<SstApp["stack"]>[0]>[0]["stack"]) => {
  const includeResourceTypes = ["AWS::KMS::Key", "AWS::SSM::Parameter"];
  for (const tag of ["sst:app", "sst:stage"])
    Tags.of(stack).remove(tag, { priority: 500, includeResourceTypes });
};
