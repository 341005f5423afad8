import type { ResolvedRecipe } from "../job.ts";
import { provenanceOf } from "../policy/in-force.ts";
import { tightened } from "../policy/tighten.ts";
import type { Complaint } from "../recipe/explain.ts";
import type { Problem } from "../recipe/invalid-recipe.ts";
import type { ParsedRecipe } from "../recipe/read.ts";
import { stepsIn, valueAt, type Path } from "../recipe/tree.ts";
import { complaintsAbout, type PolicyInForce, refusal } from "./in-force.ts";
import { originComplaints } from "./origins.ts";
import { secretComplaints } from "./secrets.ts";

/**
 * What of a recipe its prefix's policy refuses, each at its place in the recipe's file: what was
 * asked for, and what would be allowed. Empty when all is allowed, as far as one can tell before
 * the bake: `bakedComplaints` tells the rest.
 */
export const checkPolicy = (
  inForce: PolicyInForce,
  recipe: ResolvedRecipe,
  parsed: ParsedRecipe,
): Problem[] => policyComplaints(inForce, recipe, parsed.written).map(parsed.problem);

/** The same without places; `written` is the recipe file's value. */
export const policyComplaints = (
  inForce: PolicyInForce,
  recipe: ResolvedRecipe,
  written: unknown = {},
): Complaint[] => [
  ...complaintsAbout(inForce, {
    ...{ path: at("name"), what: "the image name", value: recipe.name },
    allowed: inForce.policy.images,
  }),
  ...originComplaints(inForce, recipe.origin),
  ...wishComplaints(inForce, recipe),
  ...instanceComplaints(inForce, recipe, written),
  ...sharingComplaints(inForce, recipe),
  ...secretComplaints(inForce, recipe),
  ...diskComplaints(inForce, recipe),
  ...durationComplaints(inForce, recipe, written),
  ...hostComplaints(inForce, recipe),
  ...tightened(provenanceOf(inForce.policy), recipe.policy).complaints,
];

const at = (...rest: Path): Path => ["image", ...rest];

const wishComplaints = (inForce: PolicyInForce, { builder }: ResolvedRecipe): Complaint[] => {
  const { network, kms_keys } = inForce.policy;
  const { own } = inForce;
  const ask = (path: Path, what: string, allowed: readonly string[], value?: string) =>
    value === undefined ? [] : complaintsAbout(inForce, { path, what, value, allowed });
  const groups = [...own.securityGroups, ...network.security_groups];
  const ports = network.ports.map(String);
  return [
    ...ask(at("subnet"), "the subnet", [...own.subnets, ...network.subnets], builder.subnet),
    ...ask(at("security_group"), "the security group", groups, builder.securityGroup),
    ...ask(at("aws", "kms_key"), "the KMS key", [...own.keys, ...kms_keys], builder.kmsKey),
    ...builder.ports.flatMap((port, index) =>
      ask(at("aws", "ports", index), "the port", ports, String(port)),
    ),
  ];
};

const instanceComplaints = (
  inForce: PolicyInForce,
  { builder }: ResolvedRecipe,
  written: unknown,
): Complaint[] => {
  const { sizes, types, spot } = inForce.policy.instances;
  const { instanceSize: size, instanceTypes = [] } = builder;
  const path = at("instance_size");
  const listed = at("aws", "instance_types");
  const isListed = valueAt(written, listed) !== undefined;
  return [
    ...(size === undefined
      ? []
      : complaintsAbout(inForce, { path, what: "the size", value: size, allowed: sizes })),
    ...instanceTypes.flatMap((value, index) =>
      complaintsAbout(inForce, {
        ...{ path: isListed ? [...listed, index] : path, what: "the instance type", value },
        allowed: types,
      }),
    ),
    ...(builder.spot && !spot
      ? [refusal(inForce, at("aws", "spot"), "spare capacity", "spot is false")]
      : []),
  ];
};

const sharingAt = (...rest: Path): Path => at("aws", "launch_permissions", ...rest);

const sharingComplaints = (inForce: PolicyInForce, recipe: ResolvedRecipe): Complaint[] => {
  const { sharing } = inForce.policy;
  const { launchPermissions: given } = recipe.attributes;
  const ask = (key: string, values: readonly string[], allowed: readonly string[]) =>
    values.flatMap((value, index) =>
      complaintsAbout(inForce, {
        path: sharingAt(key, index),
        what: "sharing with",
        value,
        allowed,
      }),
    );
  return [
    ...ask("users", given.users, sharing.accounts),
    ...ask("organizations", given.organizations, sharing.organizations),
    ...ask("organizational_units", given.organizationalUnits, sharing.organizational_units),
    ...(given.public && !sharing.public
      ? [refusal(inForce, sharingAt("public"), "sharing with everybody", "public is false")]
      : []),
  ];
};

const deviceAt = (index: number, key: string): Path => at("aws", "block_devices", index, key);

const diskComplaints = (inForce: PolicyInForce, recipe: ResolvedRecipe): Complaint[] => {
  const { largest_volume: most, snapshots } = inForce.policy;
  const devices = recipe.attributes.blockDevices;
  const sizes = [
    { path: at("root_volume_size"), size: recipe.rootVolumeSize },
    ...devices.map(({ size }, index) => ({ path: deviceAt(index, "size"), size })),
  ];
  return [
    ...sizes.flatMap(({ path, size = 0 }) => (size <= most ? [] : [tooLarge(inForce, path, size)])),
    ...devices.flatMap(({ snapshotId: value }, index) =>
      value === undefined
        ? []
        : complaintsAbout(inForce, {
            ...{ path: deviceAt(index, "snapshot_id"), what: "the snapshot", value },
            allowed: snapshots,
          }),
    ),
  ];
};

/** Of a disk of that many GiB. */
export const tooLarge = (inForce: PolicyInForce, path: Path, size: number): Complaint =>
  refusal(
    inForce,
    path,
    `a disk of ${size} GiB`,
    `the largest is ${inForce.policy.largest_volume} GiB`,
  );

const durationComplaints = (
  inForce: PolicyInForce,
  { steps, tests }: ResolvedRecipe,
  written: unknown,
): Complaint[] => {
  const { longest_bake: most } = inForce.policy;
  const places = stepsIn(written);
  const works = [
    ...steps.map(({ timeout, skipped }, index) => ({
      path: [...(places[index]?.path ?? at("configure")), "timeout"],
      timeout: skipped === undefined ? timeout : 0,
    })),
    ...tests.map(({ timeout }, index) => ({ path: at("tests", index, "timeout"), timeout })),
  ];
  return works.flatMap(({ path, timeout }) =>
    timeout <= most
      ? []
      : [refusal(inForce, path, `a timeout of ${timeout} s`, `a whole bake may take ${most} s`)],
  );
};

const hostComplaints = (inForce: PolicyInForce, { host }: ResolvedRecipe): Complaint[] =>
  host === undefined || inForce.policy.host
    ? []
    : [refusal(inForce, at("host"), "reaching the builder itself", "host is false")];
