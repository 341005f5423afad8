import type { SSMClient } from "@aws-sdk/client-ssm";
import { BuilderFailed, BuilderPending, BuilderQueued } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { candidates, remaining } from "../machine/candidates.ts";
import { judgeDeaths } from "../machine/death.ts";
import { builderEnd } from "../machine/end-timer.ts";
import { instanceTypes } from "../machine/instance-types.ts";
import { findMachines, giveWay, type Machine, type Machines } from "../machine/instances.ts";
import { launch } from "../machine/launch.ts";
import { fullHouse } from "./house.ts";
import { builderImage } from "./image.ts";
import { securityGroups } from "./security-group.ts";
import { makeDisk } from "./working-disk.ts";

type Aws = Machines & { ssm: SSMClient };

/**
 * Starts the bake's builder if the stage may have one more, and has its working disk made. Answers
 * what to wait for; throws BuilderFailed when there is nothing to wait for.
 */
export const startBuilder = async (
  aws: Aws,
  bake: BakeId,
  spec: BuilderSpec,
  dead: readonly Machine[],
): Promise<BuilderPending | BuilderQueued> => {
  const death = judgeDeaths(dead, aws.stage.keyArn);
  if (death.next === "give up") throw new BuilderFailed(`the builder ${death.why}`);
  if (death.next === "wait") return waiting(bake, death.why);
  const house = await findMachines(aws, { role: "builder", among: "living" });
  if (house.length >= aws.stage.builders.most) {
    return new BuilderQueued(`${bake} ${fullHouse(aws, house)}`);
  }
  const launched = await launch(aws, await orderFor(aws, bake, spec, dead));
  if ("refused" in launched) {
    throw new BuilderFailed(`EC2 will not start a builder for ${bake}: ${launched.refused}`);
  }
  if ("waitsFor" in launched) return waiting(bake, launched.waitsFor);
  return begun(aws, bake, spec, launched.machine);
};

const waiting = (bake: BakeId, what: string) =>
  new BuilderQueued(`the builder of ${bake} waits for ${what}`);

/**
 * Bakes that look at the same moment may start more builders than the stage may have. They look
 * again: those that are too many are the youngest, and give way.
 */
const begun = async (aws: Aws, bake: BakeId, spec: BuilderSpec, builder: Machine) => {
  const house = await findMachines(aws, { role: "builder", among: "living" });
  const oldest = house.slice(0, aws.stage.builders.most);
  const [first] = oldest;
  const isSeen = house.some(({ id }) => id === builder.id);
  if (first !== undefined && isSeen && !oldest.some(({ id }) => id === builder.id)) {
    await giveWay(aws, first, [builder]);
    return new BuilderQueued(`${bake} ${fullHouse(aws, oldest)}`);
  }
  await makeDisk(aws, bake, spec, builder);
  const { id, type, zone, spot } = builder;
  return new BuilderPending(
    `the builder ${id} of ${bake} was started: ${type} in ${zone}${spot ? " as spot" : ""}`,
  );
};

/** One of the stage's own is only tried first: recipes name it by a parameter that the bake fills in. */
const subnetsFor = (wished: string | undefined, own: readonly string[]): string[] => {
  if (wished === undefined) return [...own];
  return own.includes(wished) ? [wished, ...own.filter((one) => one !== wished)] : [wished];
};

const orderFor = async (aws: Aws, bake: BakeId, spec: BuilderSpec, dead: readonly Machine[]) => {
  const { wishes, architecture } = spec;
  const { network, keyArn, builders } = aws.stage;
  const { imageId, rootDevice, rootSize } = await builderImage(aws, architecture);
  const subnets = subnetsFor(
    wishes.subnet,
    network.subnets.map(({ subnetId }) => subnetId),
  );
  const root = { VolumeType: "gp3", VolumeSize: rootSize, DeleteOnTermination: true } as const;
  return {
    ...({ bake, role: "builder", imageId, dead } as const),
    disks: [{ DeviceName: rootDevice, Ebs: { ...root, Encrypted: true, KmsKeyId: keyArn } }],
    securityGroupIds: await securityGroups(aws, bake, wishes),
    userData: builderEnd(builders.lifetime),
    candidates: remaining(
      candidates(instanceTypes(wishes, architecture), subnets, wishes.spot),
      dead,
    ),
  };
};
