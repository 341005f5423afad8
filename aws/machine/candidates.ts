import type { Machine } from "./instances.ts";

/** One way to ask for a machine. */
export interface Candidate {
  instanceType: string;
  subnetId: string;
  market: "spot" | "on-demand";
}

/** Every way: spare capacity first where it is asked for, the best type in every subnet first. */
export const candidates = (
  types: readonly string[],
  subnets: readonly string[],
  spot: boolean,
): Candidate[] =>
  (spot ? (["spot", "on-demand"] as const) : (["on-demand"] as const)).flatMap((market) =>
    types.flatMap((instanceType) =>
      subnets.map((subnetId) => ({ instanceType, subnetId, market })),
    ),
  );

/** EC2's codes of state reasons of machines whose spare capacity it took back. */
export const spotLosses: ReadonlySet<string> = new Set([
  ...["Server.SpotInstanceTermination", "Server.SpotInstanceShutdown"],
]);

/** Whether EC2 took back the spare capacity of one of them. */
export const lostSpot = (dead: readonly Pick<Machine, "reason">[]): boolean =>
  dead.some(({ reason }) => spotLosses.has(reason.code));

/**
 * The ways that are left after these machines of the bake ended: no spare capacity once EC2 took
 * one back, and not what there was no capacity for. All of them again when none is left: what EC2
 * had not then, it may have now.
 */
export const remaining = (all: readonly Candidate[], dead: readonly Machine[]): Candidate[] => {
  const taken = lostSpot(dead);
  const left = all.filter(
    ({ market, instanceType, subnetId }) =>
      !(taken && market === "spot") &&
      !dead.some(
        ({ reason, type, subnet, spot }) =>
          reason.code === "Server.InsufficientInstanceCapacity" &&
          type === instanceType &&
          (subnet ?? subnetId) === subnetId &&
          spot === (market === "spot"),
      ),
  );
  return left.length > 0 ? left : all.filter(({ market }) => market === "on-demand");
};

export const inWords = ({ instanceType, subnetId, market }: Candidate): string =>
  `${instanceType} in ${subnetId}${market === "spot" ? " as spot" : ""}`;
