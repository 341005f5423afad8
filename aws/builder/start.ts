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
import { comesOnline } from "../machine/online.ts";
import { fullHouse } from "./house.ts";
import { builderImage } from "./image.ts";
import { securityGroups } from "./security-group.ts";
import { makeDisk } from "./working-disk.ts";

type Aws = Machines & { ssm: SSMClient };

/**
 * Starts the bake's builder if the stage may have one more, and has its working disk made. Answers
 * what to wait for, or nothing when it is up already; throws BuilderFailed when there is nothing to wait for.
 */
export const startBuilder = async (
  aws: Aws,
  bake: BakeId,
  spec: BuilderSpec,
  dead: readonly Machine[],
): Promise<BuilderPending | BuilderQueued | undefined> => {
  const death = judgeDeaths(dead, aws.stage.keyArn);
  if (death.next === "give up") throw new BuilderFailed(`the builder ${death.why}`);
  if (death.next === "wait") return waiting(bake, death.why);
  const house = await findMachines(aws, { role: "builder", among: "living" });
  const looked = Date.now();
  if (house.length >= aws.stage.builders.most) {
    return new BuilderQueued(`${bake} ${fullHouse(aws, house)}`);
  }
  const room = aws.stage.builders.most - house.length;
  const pushes = room > startedSince(looked);
  const launched = await launch(aws, { ...(await orderFor(aws, bake, spec, dead)), pushes });
  if ("refused" in launched) {
    throw new BuilderFailed(`EC2 will not start a builder for ${bake}: ${launched.refused}`);
  }
  if ("waitsFor" in launched) return waiting(bake, launched.waitsFor);
  const builder = launched.machine;
  const before = room > startedSince(looked) ? [] : await giveWayTo(aws, builder);
  if (before.length > 0) return new BuilderQueued(`${bake} ${fullHouse(aws, before)}`);
  await makeDisk(aws, bake, spec, builder);
  return (await comesOnline(aws, builder, looked)) ? undefined : begun(bake, builder);
};

const waiting = (bake: BakeId, what: string) =>
  new BuilderQueued(`the builder of ${bake} waits for ${what}`);

/** Milliseconds after which EC2's searches show what was started. */
const lag = 10_000;

/**
 * How many builders may have been started, at most, that a look at that moment did not show: EC2
 * lets an account start five machines at once and two a second
 * (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling).
 */
const startedSince = (looked: number): number => 5 + (2 * (Date.now() - looked + lag)) / 1000;

/**
 * Bakes that look at the same moment may start more builders than the stage may have. Where room
 * was scarce they look again: those that are too many are the youngest, and give way. Answers those
 * it gave way to.
 */
const giveWayTo = async (aws: Aws, builder: Machine): Promise<Machine[]> => {
  const house = await findMachines(aws, { role: "builder", among: "living" });
  const oldest = house.slice(0, aws.stage.builders.most);
  const [first] = oldest;
  const isSeen = house.some(({ id }) => id === builder.id);
  if (first === undefined || !isSeen || oldest.some(({ id }) => id === builder.id)) return [];
  await giveWay(aws, first, [builder]);
  return oldest;
};

const begun = (bake: BakeId, { id, type, zone, spot }: Machine) =>
  new BuilderPending(
    `the builder ${id} of ${bake} was started: ${type} in ${zone}${spot ? " as spot" : ""}`,
  );

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
