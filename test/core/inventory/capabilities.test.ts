import { expect, test } from "vitest";
import { capabilitiesText } from "../../../core/inventory/capabilities.ts";

/* Values that the kernel stored for setcap(8), and what getcap(8) says of them. */
test.each([
  ["0100000200200000000000000000000000000000", "cap_net_raw+ep"],
  ["0000000200200000000000000000000000000000", "cap_net_raw+p"],
  ["0000000200000000002000000000000000000000", "cap_net_raw+i"],
  ["0100000221000000010000000000000000000000", "cap_chown+eip cap_kill+ep"],
  ["01000002000000000000000000010000 00000000", "cap_checkpoint_restore+ep"],
  ["0000000200000000000000000002000000000000", "cap_41+p"],
  ["0000000200000000000000000000000000000000", "="],
  ["010000030020000000000000000000000000000 0e8030000", "cap_net_raw+ep [rootid=1000]"],
  ["010000010020000000000000", "cap_net_raw+ep"],
])("%s is %s", (hex, text) => {
  expect(capabilitiesText(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toBe(text);
});

test.each(["", "01", "01000002", "0100000200200000", "0100000400200000000000000000000000000000"])(
  "%j is none that the kernel takes",
  (hex) => {
    expect(capabilitiesText(Buffer.from(hex, "hex"))).toBeUndefined();
  },
);
