import type { Beginning } from "../beginning.ts";
import type { Hearing } from "../policy/judge-image.ts";
import type { Registered } from "../registered.ts";
import { applyExceptions } from "../vulnerabilities/exceptions.ts";
import type { Since } from "./changes-of.ts";
import { contentsOf } from "./contents-of.ts";
import type { About, Vulnerabilities } from "./data.ts";
import type { Timeline } from "./timeline-of.ts";

export interface Judged {
  image: Registered;
  recipe?: Beginning | undefined;
  hearing: Hearing;
  since: Since;
  timeline?: Timeline | undefined;
}

/** What a report says of an image that policy has judged: no more of its files than numbers. */
export const aboutImage = ({ image, recipe, hearing, since, timeline }: Judged): About => {
  const { verdict, facts } = hearing;
  const [parent] = image.lineage;
  const digest = facts.origin?.digest;
  return {
    ...{ image, recipe, verdict, since, timeline },
    contents: contentsOf(facts.inventory),
    vulnerabilities: vulnerabilitiesOf(hearing),
    digests: parent?.kind === "image" && digest !== undefined ? { [parent.imageId]: digest } : {},
  };
};

/** The findings with the exceptions that were made for them, as the verdict has them. */
const vulnerabilitiesOf = ({ facts, policy }: Hearing): Vulnerabilities => {
  const { scan, now } = facts;
  if ("impossible" in scan) return scan;
  const { findings } = applyExceptions(scan.findings, policy.exceptions, now);
  return { findings, unscanned: scan.unscanned, newest: scan.newest };
};
