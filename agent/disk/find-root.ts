import { join } from "node:path";
import { UnsupportedDisk } from "../../core/errors.ts";
import { type Candidate, chooseRoot, titleOf } from "./choose-root.ts";
import { lookInto } from "./look-into.ts";
import type { Survey } from "./survey.ts";
import { hasMountedTwin, temporaryUuid } from "./twin.ts";
import { isSystemType, rootTypes, type SystemType, type Volume } from "./volume.ts";

export interface FindOrder {
  survey: Survey;
  /** A folder on a tmpfs. */
  scratch: string;
  /** Refuses a volume that the kernel should not see. */
  check(volume: Volume): Promise<void>;
  say(line: string): void;
  /** Keeps what a volume's being mounted needs. */
  stack: AsyncDisposableStack;
  /** Whether a volume may be written to, so that it can be mounted; yes, when absent. */
  mayChange?: boolean;
}

/**
 * Finds the partition, and the subvolume, with the system. What the partition table calls a root
 * is looked at alone; if nothing is, or it holds none, all are. Throws UnsupportedDisk, CorruptDisk.
 */
export const findRoot = async (order: FindOrder): Promise<Candidate> => {
  const { volumes } = order.survey;
  const possible = volumes.filter(({ content }) => isSystemType(content?.type));
  const declared = possible.filter(({ partition }) => rootTypes.includes(partition?.type ?? ""));
  const first = declared.length === 1 ? declared : possible;
  const seen = await sightsOf(first, order);
  if (!seen.some(({ sight }) => sight.system)) {
    seen.push(
      ...(await sightsOf(
        possible.filter((volume) => !first.includes(volume)),
        order,
      )),
    );
  }
  const root = chooseRoot(seen, volumes);
  if (root.because !== undefined) {
    order.say(`of several systems, ${titleOf(root)} is the root, by ${root.because}`);
  }
  return root;
};

const sightsOf = async (possible: readonly Volume[], order: FindOrder): Promise<Candidate[]> => {
  const seen: Candidate[] = [];
  for (const volume of possible) {
    const { type } = volume.content ?? {};
    if (!isSystemType(type)) continue;
    await order.check(volume);
    const device = await makeMountable(volume, type, order);
    const folder = join(order.scratch, "look");
    const sights = await lookInto({ volume, type, device, folder });
    seen.push(...sights.map((sight) => ({ volume, sight })));
  }
  return seen;
};

const makeMountable = async (
  volume: Volume,
  type: SystemType,
  { survey, stack, say, mayChange = true }: FindOrder,
): Promise<string> => {
  const device = await survey.devices.of(volume);
  if (type !== "btrfs" || !(await hasMountedTwin(device))) return device;
  if (!mayChange) {
    throw new UnsupportedDisk(
      `this machine has a Btrfs with the UUID of ${volume.title} mounted, and its kernel cannot ` +
        "mount another without changing it; a kernel of 6.7 or newer would be right",
    );
  }
  say(
    `${volume.title} has another UUID while it is configured: this machine has one of its own ` +
      "mounted, and a kernel older than 6.7",
  );
  stack.use(await temporaryUuid(device));
  return device;
};
