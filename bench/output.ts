import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { measured } from "./command.ts";
import type { Kitchen } from "./scratch.ts";

const recipe = `image:
  name: loud
  root_volume_size: 64
  origin: { scratch: { distribution: debian, suite: trixie } }
  configure:
    - shell: yes "a line of the billion" | head --bytes 1G
    - name: No boot test is needed
      shell: exit 1
`;

/** A bake onto 64 GiB with a step that prints 1 GiB; the peak of \`ovenbird\`'s memory, in bytes. */
export const bakeLoudly = async ({ folder, cache }: Kitchen): Promise<number> => {
  const path = join(folder, "loud.yaml");
  await writeFile(path, recipe);
  const state = join(folder, "state");
  const taken = await measured(["bake", path, "--state", state, "--json"], {
    env: { XDG_CACHE_HOME: cache },
  });
  if (taken.status !== 1) throw new Error(`the bake ended with status ${taken.status}, not 1`);
  return taken.peak;
};
