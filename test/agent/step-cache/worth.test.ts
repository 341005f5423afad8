import { expect, test } from "vitest";
import { isWorthKeeping } from "../../../agent/step-cache/worth.ts";

const disk = { since: 10, bytes: 600e6, byReference: false, room: 100e9, isLast: false };

test.each([
  ["is kept after steps that took longer than the copy", true, {}],
  ["is not kept after steps that are soon done again", false, { since: 2 }],
  ["is not kept where it takes much of the room that is left", false, { room: 1e9 }],
  ["after the last step is kept only when that took very long", false, { isLast: true }],
  ["after a last step that took very long is kept", true, { isLast: true, since: 60 }],
  ["that costs nothing to copy is kept", true, { since: 2, byReference: true, isLast: true }],
])("a disk %s", (_, answer, more) => {
  expect(isWorthKeeping({ ...disk, ...more })).toBe(answer);
});
