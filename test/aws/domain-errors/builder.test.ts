import { expect, test } from "vitest";
import { openAwsBakery } from "../../support/aws-double/bakery.ts";
import { bake, builderEnds, endsOf, refusing } from "../../support/aws-double/failing.ts";

endsOf("ProvisionBuilder", [
  {
    when: "no zone offers what was asked for",
    error: "BuilderFailed",
    says: /no zone of the network offers/,
    ...refusing("RunInstances", "Unsupported"),
  },
  {
    when: "EC2 refuses it by name",
    error: "BuilderFailed",
    says: /InvalidSubnetID\.NotFound/,
    ...refusing("RunInstances", "InvalidSubnetID.NotFound"),
  },
  {
    when: "its role may not start it",
    error: "NotPermitted",
    says: /^the role of this state's function lacks a permission.*UnauthorizedOperation/,
    ...refusing("RunInstances", "UnauthorizedOperation"),
  },
  {
    when: "its role may not make the working disk",
    error: "NotPermitted",
    says: /^the role of this state's function lacks a permission.*UnauthorizedOperation/,
    ...refusing("CreateVolume", "UnauthorizedOperation"),
  },
  {
    when: "its key has no grant",
    error: "BuilderFailed",
    says: /KMS key .*kms:CreateGrant/,
    order: builderEnds("Client.InternalError", "Client error on launch"),
  },
  {
    when: "builders die as they come up",
    error: "BuilderFailed",
    says: /ended 5 times/,
    order: builderEnds("Server.InternalError", "Server.InternalError: Internal error on launch"),
  },
  {
    when: "somebody ends the builder",
    error: "BuilderFailed",
    says: /ended from outside/,
    order: builderEnds("Client.UserInitiatedShutdown", "User initiated shutdown", 20_000),
  },
  {
    when: "the builder never comes online",
    error: "BuilderFailed",
    says: /did not come online in 15 minutes/,
    order: { fate: () => ({ isMute: true }) },
  },
  {
    when: "the origin disappeared",
    error: "NotFound",
    says: /the origin was removed/,
    ...refusing("CreateVolume", "InvalidSnapshot.NotFound"),
  },
]);

test.each([
  ["InsufficientInstanceCapacity", "RunInstances"],
  ["VcpuLimitExceeded", "RunInstances"],
  ["VolumeLimitExceeded", "CreateVolume"],
])("%s for a while queues the bake, and does not fail it", async (name, call) => {
  const bakery = openAwsBakery();
  const fault = { kind: "error", name, message: "not now" } as const;
  bakery.aws.faults.plan({ call, fault, times: 40 });
  const { status, told } = await bakery.run(() => bakery.bake(bake));
  expect(status).toBe("SUCCEEDED");
  expect(told).toMatchObject([{ outcome: "published" }]);
  expect(bakery.left()).toEqual([]);
});

test("a quota of disks that has no room for hours queues the bake, and keeps no builder idle", async () => {
  const bakery = openAwsBakery();
  const fault = { kind: "error", name: "VolumeLimitExceeded", message: "not now" } as const;
  bakery.aws.faults.plan({ call: "CreateVolume", fault, times: 40 });
  let idle = 0;
  const { status } = await bakery.run(async () => {
    await bakery.start(bake);
    await bakery.aws.sleep(1_200_000); // its origin is there, and it waits
    for (let minutes = 0; minutes < 120; minutes++) {
      await bakery.aws.sleep(60_000);
      if (bakery.left().length > 0) idle++;
    }
    return bakery.ended(bake);
  });
  expect(status).toBe("SUCCEEDED");
  expect(idle).toBeLessThan(60); // of 120 minutes: a try, and what gives its builder back
  const errors = [...bakery.runs.values()].flatMap(({ events }) => events.map((one) => one.error));
  expect(errors.filter((error) => error === "BuilderQueued").length).toBeGreaterThan(80);
  expect(bakery.aws.faults.left()).toEqual([]);
  expect(bakery.left()).toEqual([]);
});
