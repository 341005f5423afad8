import type { Latencies } from "../test/support/aws-double/world.ts";

/*
 * A model of the waiters of Packer's amazon-chroot, not Packer itself: it looks at once, and then
 * every so many seconds. Source: builder/common/state.go of hashicorp/packer-plugin-amazon (b79e6fd),
 * where a volume and a snapshot are waited for by the waiters of AWS's SDK for Go, whose
 * default is 15 s, and an attachment and a detachment by Packer's own, of 5 s. The order is that of
 * the steps in builder/chroot/builder.go. Its machine is there already: it starts none. The image is
 * taken to be there when Packer first looks.
 */

const pause = { volume: 15_000, attachment: 5000, snapshot: 15_000 };

/** Milliseconds of waiting after what is waited for is there. */
const late = (takes: number, every: number): number => Math.ceil(takes / every) * every - takes;

/** Milliseconds that polls add to one build on these latencies. */
export const packerPolls = ({ volume, attachment, snapshot }: Latencies): number =>
  late(volume, pause.volume) +
  late(attachment, pause.attachment) +
  late(attachment, pause.attachment) + // it is detached before the snapshot
  late(snapshot, pause.snapshot);
