export interface Worth {
  /** Seconds of work since the last disk that was kept. */
  since: number;
  /** What the disk takes, in bytes. */
  bytes: number;
  /** Whether a copy of it takes no time and no room. */
  byReference: boolean;
  /** Bytes that are free where it is kept. */
  room: number;
  /** Whether no step comes after: then only a bake of the very same recipe has use of it. */
  isLast: boolean;
}

/** Bytes a second that a disk is copied with, of a file system's cache to a disk of the cloud. */
const speed = 300e6;

/** Of the room that is free, what bakes leave to others. */
const reserve = 3;

/**
 * Whether keeping a disk costs less than it saves. It costs every bake that does it, and saves only
 * those that change nothing before it; most edits are of the last steps.
 */
export const isWorthKeeping = ({ since, bytes, byReference, room, isLast }: Worth): boolean => {
  if (byReference) return since > 0.5;
  if (bytes * reserve > room) return false;
  return since > (bytes / speed) * (isLast ? 10 : 3);
};
