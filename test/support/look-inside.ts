import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs shell commands with the image's root file system mounted, read-only, on `$ROOT`, in a mount
 * namespace of their own; answers what they print. `$DISK` is the disk.
 */
export const lookInside = async (disk: string, commands: string): Promise<string> => {
  const script = `
    set -eu
    DISK=$1
    ROOT=$(mktemp -d)
    trap 'cd /; umount "$ROOT" 2> /dev/null || true; rmdir "$ROOT"' EXIT
    read -r START SIZE < <(sfdisk --json "$DISK" | tr -d ' ,"' | awk -F: '
      /^start/ { start = $2 } /^size/ { size = $2 } /^name:root/ { print start * 512, size * 512 }
      /^node/ { start = size = 0 }' | tail -1)
    mount -o "loop,ro,offset=$START,sizelimit=$SIZE" "$DISK" "$ROOT"
    ${commands}
    umount "$ROOT"
  `;
  const { stdout } = await run("unshare", ["--mount", "bash", "-c", script, "bash", disk], {
    maxBuffer: 16 * 1024 ** 2,
  });
  return stdout;
};
