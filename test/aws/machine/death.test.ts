import { describe, expect, test } from "vitest";
import { candidates, remaining } from "../../../aws/machine/candidates.ts";
import { judgeDeaths } from "../../../aws/machine/death.ts";
import { machineOf } from "../../../aws/machine/instances.ts";
import { tagKeys } from "../../../aws/tags.ts";

/** A machine that ended for that reason. */
const dead = (Code: string, more: { spot?: boolean; surplus?: boolean; launched?: Date } = {}) =>
  machineOf({
    ...{ InstanceId: "i-0000000000000dead", InstanceType: "m7a.large", SubnetId: "subnet-a" },
    ...{ State: { Name: "terminated" }, StateReason: { Code, Message: "" } },
    ...{ LaunchTime: more.launched ?? new Date(), Placement: { AvailabilityZone: "eu-west-1a" } },
    ...(more.spot && { InstanceLifecycle: "spot" as const }),
    ...(more.surplus && { Tags: [{ Key: tagKeys.surplus, Value: "i-1" }] }),
  });

const all = candidates(["m7a.large", "m6a.large"], ["subnet-a", "subnet-b"], true);

describe("the candidates that are left", () => {
  test("are all, spot first, when nothing ended", () => {
    expect(remaining(all, []).map(({ market }) => market)).toEqual([
      ...["spot", "spot", "spot", "spot"],
      ...["on-demand", "on-demand", "on-demand", "on-demand"],
    ]);
  });

  test("are those on demand when EC2 took back one of spot", () => {
    const left = remaining(all, [dead("Server.SpotInstanceTermination", { spot: true })]);
    expect(new Set(left.map(({ market }) => market))).toEqual(new Set(["on-demand"]));
    expect(left.length).toBe(4);
  });

  test("are without the one that there was no capacity for", () => {
    const left = remaining(all, [dead("Server.InsufficientInstanceCapacity", { spot: true })]);
    expect(left.length).toBe(7);
    const gone = { instanceType: "m7a.large", subnetId: "subnet-a", market: "spot" };
    expect(left).not.toContainEqual(gone);
  });

  test("are those on demand again when none is left", () => {
    const one = candidates(["m7a.large"], ["subnet-a"], false);
    expect(remaining(one, [dead("Server.InsufficientInstanceCapacity")])).toEqual(one);
  });
});

describe("the ends of a bake's machines", () => {
  test("that made way for another mean nothing", () => {
    const surplus = dead("Client.UserInitiatedShutdown", { surplus: true });
    expect(judgeDeaths([surplus], "key")).toEqual({ next: "another" });
  });

  test("for a quota are waited for, a minute long", () => {
    const code = "Client.VolumeLimitExceeded";
    expect(judgeDeaths([dead(code)], "key").next).toBe("wait");
    const launched = new Date(Date.now() - 61_000);
    expect(judgeDeaths([dead(code, { launched })], "key").next).toBe("another");
  });

  test("are judged by the last", () => {
    const ends = [dead("Server.InternalError"), dead("Client.InternalError")];
    expect(judgeDeaths(ends, "key")).toMatchObject({ next: "give up" });
    expect(judgeDeaths(ends.toReversed(), "key")).toEqual({ next: "another" });
  });
});
