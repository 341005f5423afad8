import { ProvisionBuilder } from "../core/contract.ts";
import type { Builders } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Makes the bake's builder and its working disk. A retry finds the ones it already has. */
export const provisionBuilder = (builders: Builders) =>
  task(ProvisionBuilder, ({ bake, ...spec }) => builders.provision(bake, spec));
