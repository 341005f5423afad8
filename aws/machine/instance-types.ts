import type { BuilderWishes } from "../../core/builder-wishes.ts";
import type { Architecture } from "../../core/job.ts";

type SizeWord = NonNullable<BuilderWishes["instanceSize"]>;

/**
 * General-purpose families, 4 GiB of memory a virtual processor, the cheapest of the newer ones
 * first. Several, because one alone is at times not to be had; all of Nitro, because the agent
 * finds its disk by the serial number that NVMe shows.
 */
const families: Record<Architecture, readonly string[]> = {
  x86_64: ["m7i-flex", "m7a", "m6a", "m6i"],
  arm64: ["m7g", "m8g", "m6g", "c7g"],
};

/** Two, four, eight and sixteen virtual processors. */
const sizes: Record<SizeWord, string> = {
  small: "large",
  medium: "xlarge",
  large: "2xlarge",
  xlarge: "4xlarge",
};

/** Instance types in the order in which they are tried: the recipe's own, or those of its size. */
export const instanceTypes = (
  { instanceTypes, instanceSize = "small" }: BuilderWishes,
  architecture: Architecture,
): readonly string[] =>
  instanceTypes ?? families[architecture].map((family) => `${family}.${sizes[instanceSize]}`);
