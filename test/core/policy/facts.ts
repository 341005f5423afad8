import { leastPolicy } from "../../../core/operator-policy/schema.ts";
import { ImageId, SnapshotId } from "../../../core/ids.ts";
import type { Ancestor, Lineage } from "../../../core/origin.ts";
import type { Facts } from "../../../core/policy/facts.ts";
import { provenanceOf } from "../../../core/policy/in-force.ts";
import { judge } from "../../../core/policy/judge.ts";
import { parsePolicy } from "../../../core/operator-policy/read.ts";
import type { RuleVerdict } from "../../../core/policy/verdict.ts";
import type { Finding } from "../../../core/vulnerabilities/finding.ts";
import type { Inventory } from "../../../core/inventory.ts";
import { cleanInventory } from "../../support/clean-inventory.ts";
import { someScanner } from "../../support/memory-ports.ts";

/* What images are judged by, in tests: a clean one's, and what somebody changed. */

export const now = new Date("2026-06-15T12:00:00Z");

export const scratch: Ancestor = { kind: "scratch", distribution: "debian", suite: "trixie" };

export const stock = (more: Partial<Extract<Ancestor, { kind: "stock" }>> = {}): Ancestor => ({
  ...{ kind: "stock", name: "al2023", owner: "137112412989", ownerAlias: "amazon" },
  ...{ imageId: ImageId.parse("ami-00000000000000001") },
  ...{ copyId: ImageId.parse("ami-00000000000000002") },
  ...{ created: "2026-05-01T00:00:00.000Z", public: true, ...more },
});

export const stockDisk = {
  ...{ kind: "file", file: "small.raw", format: "raw", digest: `sha256:${"0".repeat(64)}` },
  snapshotId: SnapshotId.parse("snap-00000001"),
} as const satisfies Ancestor;

export const parent: Ancestor = {
  ...{ kind: "image", name: "base", imageId: ImageId.parse("img-00000000000000001") },
};

export const facts = (inventory: Partial<Inventory> = {}, more: Partial<Facts> = {}): Facts => ({
  ...{ inventory: cleanInventory(inventory), lineage: [scratch] as Lineage, now },
  ...{
    scan: { scanner: someScanner, findings: [], unscanned: [] },
    recipe: { steps: [], keys: [] },
  },
  ...more,
});

export const finding = (more: Partial<Finding> = {}): Finding => ({
  ...{ id: "CVE-2026-1", aliases: [], severity: { level: "high" }, fixed: "1.1" },
  package: { kind: "dpkg", name: "openssl", version: "1.0" },
  source: { database: "osv", record: "DEBIAN-CVE-2026-1" },
  ...more,
});

/** A policy by what is below `provenance:`. */
export const policyOf = (text = "{}") =>
  provenanceOf(parsePolicy(`policy: {provenance: ${text}}`, "policies/team.yaml"));

export const least = provenanceOf(leastPolicy());

/** What one rule says. */
export const said = (rule: string, about: Facts, policy = least): RuleVerdict => {
  const found = judge(policy, about).rules.find((one) => one.rule === rule);
  if (found === undefined) throw new Error(`there is no rule ${rule}`);
  return found;
};
