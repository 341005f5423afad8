import { expect, test } from "vitest";
import { endOf } from "../../aws/agent/ends.ts";
import { BuilderId } from "../../core/ids.ts";

const builderId = BuilderId.parse("i-0123456789abcdef0");
const end = (more: object) => endOf(builderId, { $metadata: {}, ...more } as never);

test.each([
  ["TimedOut", "Delivery Timed Out", /did not take its command in 600 s/],
  ["TimedOut", "DeliveryTimedOut", /did not take its command in 600 s/],
  ["TimedOut", "Execution Timed Out", /was still at work when its time was up/],
  ["TimedOut", "TimedOut", /was still at work when its time was up/],
  ["Failed", "Undeliverable", /could not be given its command/],
  ["Cancelled", "Canceled", /was told to end/],
  ["Failed", "AccessDenied", /the account does not allow it/],
  ["Failed", "Failed", /ended its command with status 3 \(Failed\) and left no result/],
  ["Success", "Success", /ended its command with status 3 \(Success\) and left no result/],
])("a command that is %s (%s) is told of in words", (Status, StatusDetails, words) => {
  expect(end({ Status, StatusDetails, ResponseCode: 3 })).toMatch(words);
});

test.each(["Pending", "InProgress", "Delayed", "Cancelling"])("%s is no end", (Status) => {
  expect(end({ Status })).toBeUndefined();
});

test("what Systems Manager does not know yet has not ended", () => {
  expect(endOf(builderId, undefined)).toBeUndefined();
});

test("of a long complaint the last lines are told", () => {
  const StandardErrorContent = Array.from({ length: 50 }, (_, at) => `line ${at}`).join("\n");
  const lines = (end({ Status: "Failed", StandardErrorContent }) ?? "").split("\n");
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe("line 49");
});
