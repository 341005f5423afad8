import { BuilderOrder } from "../../core/builder-order.ts";
import { NotReady } from "../../core/errors.ts";
import type { AgentOrder } from "../../core/ports.ts";
import { type Bucket, copyObject, findObject, type Found, writeObject } from "../objects.ts";
import type { Stage } from "../stage.ts";
import { bakePlaces, builderPlaces, mostOfBuilders } from "./places.ts";

/**
 * Puts into a builder's folder what its bake needs: the agent's package, the bundle and, when all
 * else is there, the order, once; what it is and when it was put there. Throws NotReady.
 */
export const deliverOrder = async (
  aws: Bucket & { stage: Pick<Stage, "agentPackages" | "builders"> },
  wanted: AgentOrder,
): Promise<Pick<Found, "bytes" | "written">> => {
  const { stage } = aws;
  const places = builderPlaces(stage, wanted.builderId);
  const there = await findObject(aws, places.order, mostOfBuilders);
  if (there !== undefined) return there;
  const { bucket, key, sha256 } = stage.agentPackages[wanted.architecture];
  const [copied, archive] = await Promise.all([
    copyObject(aws, { bucket, key }, places.agent),
    copyObject(aws, bakePlaces(wanted.bake).bundle, places.bundle),
  ]);
  if (copied !== sha256) {
    throw new NotReady(
      `the agent's package ${key} of the bucket ${bucket} ${copied === undefined ? "is missing" : `has the SHA-256 ${copied}, and the stage has ${sha256}`}: deploy the stage again`,
    );
  }
  const bytes = Buffer.from(JSON.stringify(orderOf(wanted, archive)));
  await writeObject(aws, places.order, bytes);
  return { bytes, written: new Date() };
};

const orderOf = (wanted: AgentOrder, bundle: string | undefined): BuilderOrder => {
  const { bake, volumeId, recipe, origin, architecture, rootVolumeSize } = wanted;
  return BuilderOrder.parse({
    ...{ bake, volumeId, recipe, origin, architecture, rootVolumeSize },
    ...(bundle !== undefined && { bundle: { sha256: bundle } }),
  });
};
