import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, stat } from "node:fs/promises";

/** A lock that the kernel gives back when its last holder is gone, however it went. */
export interface Lock extends AsyncDisposable {
  /** Handed to a child, the child holds the lock too. */
  fd: number;
}

/**
 * Takes the lock on `path`, which is made when missing, or answers undefined when another holds it
 * or the file went away meanwhile. Node has no flock(2), but the lock belongs to the open file:
 * flock(1) takes it on the descriptor it inherits, and it stays ours when flock(1) has ended.
 */
export const tryLock = async (path: string): Promise<Lock | undefined> => {
  const file = await open(path, "a+", 0o600);
  const taken = await flock(file.fd);
  if (taken && (await isStillAt(path, (await file.stat()).ino))) {
    return { fd: file.fd, [Symbol.asyncDispose]: () => file.close() };
  }
  await file.close();
  return undefined;
};

const flock = async (fd: number): Promise<boolean> => {
  const child = spawn("flock", ["--exclusive", "--nonblock", "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
  });
  const [status] = (await once(child, "exit")) as [number | null];
  return status === 0;
};

/** A sweep deletes the lock's folder while it holds the lock; what we locked may be gone. */
const isStillAt = async (path: string, inode: number): Promise<boolean> => {
  const there = await stat(path).catch(() => undefined);
  return there?.ino === inode;
};
