import type { Facts, Look } from "./facts.ts";
import { unknown } from "./facts.ts";
import type { Check } from "./schema.ts";

/** What the policy's own checks said, as the agent ran them in the finished image. */
export const checkLooks = (checks: readonly Check[], { inventory }: Facts) =>
  checks.map((check) => ({ check, look: lookOf(check, inventory.checks ?? []) }));

type Runs = NonNullable<Facts["inventory"]["checks"]>;

const lookOf = ({ name, command }: Check, runs: Runs): Look => {
  const ran = runs.find((run) => run.name === name && run.command === command);
  if (ran === undefined) {
    const why = `the check "${name}" was not run in this image`;
    return unknown(why, "bake the image again, so that the check is run in it");
  }
  const { status, output } = ran;
  const lines = output.map((line) => ({ of: name, says: line }));
  if (status === 0) {
    return { against: [], looked: "it ended with status 0", seen: lines, remedy: "" };
  }
  const how = status === undefined ? "did not end" : `ended with status ${status}`;
  const last = output.at(-1);
  const says = `it ${how}${last === undefined ? "" : `: ${last}`}`;
  return {
    against: [{ of: name, says }],
    looked: "",
    remedy: "change the recipe so that it passes, or the check in the policy",
  };
};
