import { Bakery } from "./stacks/bakery.ts";
import { built } from "./stacks/built.ts";
import { readSettings } from "./stacks/parameters.ts";
import type { SstApp, SstConfig } from "./deploy/sst.ts";

/** The app: its stacks, and nothing else. */
export default {
  config: ({ stage }) => ({ name: "ovenbird", stage }),
  stacks(app: SstApp) {
    app.stack(function Ovenbird({ stack }) {
      new Bakery(stack, "Bakery", readSettings(app.stage), built);
    });
  },
} satisfies SstConfig;
