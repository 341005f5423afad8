import { BuilderFailed, BuilderPending } from "../../core/errors.ts";
import type { Machine, Machines } from "../machine/instances.ts";
import type { NetworkMode } from "../stage.ts";

/** Minutes in which a builder is up: public scripts wait 1 to 3 for the SSM agent, five times that. */
export const patience = 15;

/** Whether its time to come up is over. */
export const isLate = ({ launched }: Machine): boolean =>
  Date.now() - launched.getTime() > patience * 60_000;

/** Throws BuilderFailed for a builder that cannot come up any more. */
export const refuseStopped = ({ id, state }: Machine): void => {
  if (state !== "stopping" && state !== "stopped") return;
  throw new BuilderFailed(`the builder ${id} was stopped from outside; start a new bake`);
};

/** What a builder is waited for whose SSM agent does not answer; in the end, that it will not. */
export const notUp = ({ stage }: Pick<Machines, "stage">, builder: Machine): Error => {
  const { id, state, type, zone } = builder;
  if (isLate(builder)) {
    return new BuilderFailed(
      `the builder ${id} did not come online in ${patience} minutes: ${reach[stage.network.mode]}`,
    );
  }
  return new BuilderPending(
    state === "pending"
      ? `the builder ${id} (${type} in ${zone}) is starting`
      : `the builder ${id} (${type} in ${zone}) runs, and its SSM agent does not answer yet`,
  );
};

const role = "and does its instance profile allow ssm:UpdateInstanceInformation and ssmmessages:*";

/** What to look at, by how builders reach SSM. */
const reach: Record<NetworkMode, string> = {
  public: `its SSM agent reaches AWS through the internet: has its subnet a route to an internet gateway, does it give public addresses, ${role}?`,
  nat: `its SSM agent reaches AWS through NAT: has its subnet a route to a NAT gateway that works, ${role}?`,
  endpoints: `its SSM agent reaches AWS through endpoints: are there those for ssm and ssmmessages with private DNS names, does their security group let port 443 in from builders, ${role}?`,
};
