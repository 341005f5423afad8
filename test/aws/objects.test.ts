import { expect, test } from "vitest";
import { readObject, writeObject } from "../../aws/objects.ts";
import { virtualClock } from "../support/aws-double/clock.ts";
import type { Fault } from "../support/aws-double/faults.ts";
import { openDouble } from "../support/aws-double/open.ts";
import { someStage } from "../support/stage.ts";

const open = () => {
  const clock = virtualClock();
  const { s3, faults } = openDouble({ clock, play: () => ({ after: 0, exitCode: 0 }) });
  const bucket = { s3, stage: someStage() };
  return {
    faults,
    read: () => clock.run(() => readObject(bucket, "a")),
    write: (text: string) => clock.run(() => writeObject(bucket, "a", text, { unlessThere: true })),
  };
};

const conflict: Fault = {
  ...{ kind: "error", name: "ConditionalRequestConflict" },
  message: "A conflicting conditional operation is in progress against this resource.",
};

test("of two that write a new object at once, who is told to try again does", async () => {
  const { faults, read, write } = open();
  faults.plan({ call: "PutObject", fault: conflict });
  expect(await write("mine")).toBe(true);
  faults.plan({ call: "PutObject", fault: conflict });
  expect(await write("other")).toBe(false);
  expect(await read()).toBe("mine");
  expect(faults.left()).toEqual([]);
});

test("a conflict that does not end is an error", async () => {
  const { faults, read, write } = open();
  faults.plan({ call: "PutObject", fault: conflict, times: 5 });
  await expect(write("mine")).rejects.toMatchObject({ name: "ConditionalRequestConflict" });
  expect(await read()).toBeUndefined();
});
