import * as z from "zod";
import { ProvenancePolicy } from "../policy/schema.ts";
import { Duration, seconds } from "../recipe/duration.ts";
import { keyed, pattern, whole } from "../recipe/shape.ts";

const RIGHT = "write text on one line; * in it stands for any characters";
const LIST = "write a list, as in [web-*]; an empty one allows nothing";

/** A name, or a pattern of names: `*` stands for any characters, none among them. */
const Pattern = pattern(/^[^\p{Cc}]{1,2048}$/u, RIGHT);

const patterns = (fallback: string[], description: string) =>
  z.array(Pattern, { error: LIST }).default(fallback).describe(description);

/**
 * Whose stock images one can start from without anybody having said so: those who make the
 * distributions, by EC2's alias or their account. Canonical's and Debian's accounts are the ones
 * that their own pages name.
 */
const makers = ["amazon", "099720109477", "136693071363"];

const Origins = keyed({
  scratch: z
    .array(z.enum(["debian", "ubuntu"]), { error: "list distributions, as in [debian]" })
    .default(["debian", "ubuntu"])
    .describe("Distributions that images are made of from scratch."),
  recipes: patterns(["*"], "Recipes of this stage whose published images may be started from."),
  owners: patterns(
    makers,
    "Owners of stock images: account ids, amazon, self. A filter's owners, and an image's.",
  ),
  images: patterns([], "Ids of stock images that are allowed whoever owns them."),
  parameters: patterns(["/aws/service/*"], "Parameters of Systems Manager that name an image."),
});

const Network = keyed({
  subnets: patterns([], "Subnets that a recipe may ask for, beside the stage's own."),
  security_groups: patterns([], "Security groups that a recipe may ask for, likewise."),
  ports: z
    .array(whole(1, 65_535, "a port is a whole number from 1 to 65535"), {
      error: "list ports, as in [8080]",
    })
    .default([])
    .describe("TCP ports that steps may connect to, beside 80 and 443."),
});

const Sharing = keyed({
  accounts: patterns([], "Accounts that may be given an image."),
  organizations: patterns([], "ARNs of organizations that may be given an image."),
  organizational_units: patterns([], "ARNs of organizational units, likewise."),
  public: z
    .boolean({ error: "write true or false" })
    .default(false)
    .describe("Whether an image may be given to everybody."),
});

const Instances = keyed({
  sizes: z
    .array(z.enum(["small", "medium", "large", "xlarge"]), { error: "list sizes, as in [small]" })
    .default(["small", "medium", "large"])
    .describe("Size words that a recipe may ask for."),
  types: patterns([], "EC2 instance types that a recipe may ask for by name."),
  spot: z
    .boolean({ error: "write true or false" })
    .default(true)
    .describe("Whether spare capacity may be asked for."),
});

/**
 * What drops under a prefix may do. What a policy leaves out is as without one, so that these
 * defaults are the least that makes a fresh stage of use: private images, from the makers of
 * distributions and from this stage's recipes, on its own network and key, at a bounded price.
 */
export const OperatorPolicy = keyed({
  images: patterns(["*"], "Names of images that may be baked."),
  origins: Origins.prefault({}).describe("What images may start from."),
  network: Network.prefault({}).describe("Where builders may be, and what they may reach."),
  kms_keys: patterns([], "KMS keys that a recipe may ask for: ids, ARNs, alias/…"),
  secrets: z
    .array(Pattern, { error: LIST })
    .optional()
    .describe(
      "Secrets that recipes may use, by their names below the stage's folder; absent, those of the prefix's own folder.",
    ),
  sharing: Sharing.prefault({}).describe("Who may be given images."),
  instances: Instances.prefault({}).describe("What builders may be."),
  snapshots: patterns(
    [],
    "Snapshots that further disks of an image may begin as: its readers get them.",
  ),
  longest_bake: Duration.default("4h")
    .transform(seconds)
    .describe(
      "How long a bake may take from when it got its builder; the sweep stops a longer one.",
    ),
  largest_volume: whole(1, 65_536, "a size is a whole number of GiB from 1 to 65536")
    .default(64)
    .describe("The largest disk of an image, in GiB."),
  host: z
    .boolean({ error: "write true or false" })
    .default(false)
    .describe("Whether recipes may reach the builder itself, by `host:`."),
  provenance: ProvenancePolicy.prefault({} as ProvenancePolicy).describe(
    "What an image must satisfy before it is published: docs/policy.md.",
  ),
});
export type OperatorPolicy = z.infer<typeof OperatorPolicy>;

/** A policy's file, as written. */
export const PolicyFile = keyed({ policy: OperatorPolicy.describe("What drops may do.") });

/** Of a prefix that nobody has written a policy for. */
export const leastPolicy = (): OperatorPolicy => OperatorPolicy.parse({});
