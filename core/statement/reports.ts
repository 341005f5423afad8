import { createHash } from "node:crypto";
import { NotFound } from "../errors.ts";
import type { BakeId } from "../ids.ts";
import { verdictFile } from "../policy/verdict.ts";
import type { Artifacts } from "../ports.ts";
import { scanFile } from "../vulnerabilities/kept-scan.ts";
import type { ResourceDescriptor } from "./statement.ts";

/** A bake's report, where whoever judges the image left one. */
export const findReport = async (
  artifacts: Artifacts,
  bake: BakeId,
  key: string,
): Promise<Buffer | undefined> => {
  try {
    return await artifacts.get(bake, key);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};

/** Reports that are bound to an image by their digests in its provenance. */
export const reportsOf = async (
  artifacts: Artifacts,
  bake: BakeId,
): Promise<ResourceDescriptor[]> => {
  const described: ResourceDescriptor[] = [];
  for (const name of [scanFile, verdictFile]) {
    const bytes = await findReport(artifacts, bake, name);
    if (bytes === undefined) continue;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    described.push({ name, mediaType: "application/json", digest: { sha256 } });
  }
  return described;
};
