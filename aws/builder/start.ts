import type { SSMClient } from "@aws-sdk/client-ssm";
import { BuilderFailed, BuilderPending, BuilderQueued } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import type { BuilderSpec } from "../../core/ports.ts";
import { candidates, lostSpot, remaining } from "../machine/candidates.ts";
import { judgeDeaths } from "../machine/death.ts";
import { builderEnd } from "../machine/end-timer.ts";
import { instanceTypes } from "../machine/instance-types.ts";
import { giveWay, type Machine, type Machines } from "../machine/instances.ts";
import { launch } from "../machine/launch.ts";
import { seeLiving } from "../machine/living.ts";
import { noted, type Note } from "../machine/note.ts";
import { reserveTurn, untilTurn } from "../machine/turns.ts";
import type { Bucket } from "../objects.ts";
import type { Stage } from "../stage.ts";
import { fullHouse } from "./house.ts";
import { builderImage } from "./image.ts";
import { securityGroups } from "./security-group.ts";
import { makeDisk } from "./working-disk.ts";

type Aws = Machines & Bucket & { ssm: SSMClient; stage: Stage };

/** What a call of the task has to know of those before it. */
export interface StartOrder {
  bake: BakeId;
  spec: BuilderSpec;
  note: Note;
  /** Builders of the bake that ended. */
  dead: readonly Machine[];
}

/**
 * Starts the bake's builder when it is its turn, if the stage may have one more, and has its
 * working disk made; both are noted. Throws BuilderQueued or BuilderPending with what it waits for,
 * and BuilderFailed when there is nothing to wait for.
 */
export const startBuilder = async (aws: Aws, order: StartOrder): Promise<Machine> => {
  const { bake, spec, note, dead } = order;
  const death = judgeDeaths(dead, aws.stage.keyArn);
  if (death.next === "give up") throw new BuilderFailed(`the builder ${death.why}`);
  if (death.next === "wait") throw waiting(bake, death.why);
  await noteSpotLoss(order);
  const at = await admitted(aws, order);
  const wanted = await orderFor(aws, order);
  await untilTurn(at);
  await noteLaunch(order);
  const launched = await launch(aws, { ...wanted, pushes: true });
  if ("refused" in launched) {
    throw new BuilderFailed(`EC2 will not start a builder for ${bake}: ${launched.refused}`);
  }
  if ("waitsFor" in launched) throw waiting(bake, launched.waitsFor);
  const builder = launched.machine;
  const { id: volumeId } = await makeDisk(aws, bake, spec, builder);
  await note.change({ machine: noted(builder), volumeId });
  return builder;
};

const waiting = (bake: BakeId, what: string) =>
  new BuilderQueued(`the builder of ${bake} waits for ${what}`);

/** A bake that lost spare capacity gets no more of it, however long it waits for a turn. */
const noteSpotLoss = async ({ bake, note, dead }: StartOrder): Promise<void> => {
  if (note.now.lostSpot === true || !lostSpot(dead)) return;
  if (await note.change({ lostSpot: true })) return;
  throw new BuilderPending(`another call for ${bake} replaces its builder`);
};

/** When it may be started, in milliseconds since the epoch. Throws BuilderQueued. */
const admitted = async (aws: Aws, { bake, note }: StartOrder): Promise<number> => {
  const { at, sight } = await seeLiving(aws, "builder");
  const house = { at, sight: sight.map((one) => one.bake) };
  const turn = await reserveTurn(aws, { bake, asked: note.now.asked, house });
  if ("at" in turn) return turn.at;
  if ("waitsFor" in turn) throw waiting(bake, turn.waitsFor);
  throw new BuilderQueued(`${bake} ${fullHouse(aws, turn.full)}`);
};

/** From here on there may be a machine, whatever becomes of this call. */
const noteLaunch = async ({ bake, note }: StartOrder): Promise<void> => {
  const launches = note.now.launches + 1;
  const none = { machine: undefined, volumeId: undefined, isSeen: false };
  if (await note.change({ launches, ...none })) return;
  throw new BuilderPending(`another call for ${bake} starts its builder`);
};

/**
 * Ends a builder that is one too many, as when the record of turns was lost: the youngest give way.
 * Throws BuilderQueued then. A look that is from before it was started shows nothing of it.
 */
export const refuseSurplus = async (aws: Aws, bake: BakeId, builder: Machine): Promise<void> => {
  const { sight } = await seeLiving(aws, "builder");
  const places = sight.slice(0, aws.stage.builders.most);
  const [oldest] = places;
  const isSeen = sight.some(({ id }) => id === builder.id);
  if (oldest === undefined || !isSeen || places.some(({ id }) => id === builder.id)) return;
  await giveWay(aws, oldest, [builder]);
  throw new BuilderQueued(
    `${bake} ${fullHouse(
      aws,
      places.map((one) => one.bake),
    )}`,
  );
};

/** One of the stage's own is only tried first: recipes name it by a parameter that the bake fills in. */
const subnetsFor = (wished: string | undefined, own: readonly string[]): string[] => {
  if (wished === undefined) return [...own];
  return own.includes(wished) ? [wished, ...own.filter((one) => one !== wished)] : [wished];
};

const orderFor = async (aws: Aws, { bake, spec, note, dead }: StartOrder) => {
  const { wishes, architecture } = spec;
  const spot = wishes.spot && note.now.lostSpot !== true;
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
    candidates: remaining(candidates(instanceTypes(wishes, architecture), subnets, spot), dead),
  };
};
