import type { Architecture } from "../job.ts";
import { pattern } from "./shape.ts";

/** Sizes of a builder without a type's name. */
export const SIZES = ["small", "medium", "large", "xlarge"] as const;
export type Size = (typeof SIZES)[number];

const shape = String.raw`[a-z][a-z0-9-]*\.[a-z0-9-]+`;

export const InstanceType = pattern(
  new RegExp(`^${shape}$`),
  'an instance type is named as EC2 names it, as in "m7i.large"',
);

export const InstanceSize = pattern(
  new RegExp(`^(?:${SIZES.join("|")}|${shape})$`),
  'a size is small, medium, large or xlarge, or an instance type, as in "c7g.large"',
);

export const isSize = (text: string): text is Size => (SIZES as readonly string[]).includes(text);

/**
 * The processor of an instance type: Graviton's families have a "g" after the generation, as in
 * c7g, x2gd and im4gn, and there is a1, by EC2's naming conventions.
 */
export const architectureOf = (type: string): Architecture =>
  /^(?:a1|[a-z]+[0-9]+[a-z]*g[a-z]*)\./.test(type) ? "arm64" : "x86_64";
