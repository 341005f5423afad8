import type { Path } from "./tree.ts";

/** Keys that other tools have at these places, and why there are none here. */
const reasons: Readonly<Record<string, string>> = {
  "image.ssh_key":
    "leave it out: a builder has no key and nobody logs in to it, as its agent is started by Systems Manager",
  "image.aws.block_devices.*.encrypted":
    "leave it out: the root is always encrypted, and other disks where the account encrypts by default",
  "image.policy.waivers":
    "leave it out: only the operator, who wrote the rule, can waive it, in a policy file",
  "image.policy.exceptions":
    "leave it out: only the operator can make an exception of a vulnerability, in a policy file",
  "image.aws.block_devices.*.kms_key_id":
    "leave it out: EC2 takes it only at launch; aws.kms_key is the key of the root",
};

/** Why there is no such key; undefined when it is just unknown. */
export const whyNotHere = (path: Path): string | undefined =>
  reasons[path.map((part) => (typeof part === "number" ? "*" : String(part))).join(".")];
