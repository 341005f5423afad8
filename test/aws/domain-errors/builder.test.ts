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
    says: /UnauthorizedOperation/,
    ...refusing("RunInstances", "UnauthorizedOperation"),
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
