import { expect, test } from "vitest";
import { apparmorProblem } from "../../../local/requirements/apparmor.ts";

test.each([
  ["unpriv_bwrap (enforce)", true],
  ["lsb_release (enforce)\nbwrap (enforce)\nunpriv_bwrap (enforce)\nman (enforce)", true],
  ["bwrap//&unpriv_bwrap (enforce)", true],
  ["unpriv_bwrap (complain)", false],
  ["unprivileged_userns (enforce)", false],
  ["", false],
])("with the AppArmor profiles %j that steps lose their capabilities is %s", (profiles, lost) => {
  expect(apparmorProblem(profiles) !== undefined).toBe(lost);
});
