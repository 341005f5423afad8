import { expect, test } from "vitest";
import { probeKvm } from "../../local/kvm.ts";

test("the probe of KVM answers, whatever the machine, within ten seconds", async () => {
  expect(await probeKvm()).toBeTypeOf("boolean");
}, 10_000);
