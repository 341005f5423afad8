import { type Stay, usualStay } from "../stay.ts";

/** A machine's boot is waited for by the call that started it: aws/machine/online.ts. */
const boot: Stay = { pause: 1000, most: 40_000, young: 40_000 };

/** Of each task whose function stays, how; by the state's name. */
export const stays: Readonly<Record<string, Stay>> = {
  ...{ ProvisionBuilder: boot, TestImage: boot },
  ...{ RunAgent: usualStay, AwaitSnapshot: usualStay },
};
