import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventsOf, ovenbird } from "../support/ovenbird.ts";

test.each(["ext4", "xfs", "btrfs"])("an image on %s boots", async (fileSystem) => {
  const state = await mkdtemp(join(tmpdir(), `ovenbird-${fileSystem}-`));
  try {
    const recipe = join(state, "recipe.yaml");
    await writeFile(
      recipe,
      `image:
  name: on-${fileSystem}
  root_volume_size: 2
  file_system: ${fileSystem}
  origin: { scratch: { distribution: debian, suite: bookworm } }
  tests:
    - test "$(findmnt --noheadings --output FSTYPE /)" = ${fileSystem}
`,
    );
    const ran = await ovenbird(["bake", recipe, "--state", state, "--json"]);
    expect(ran.status, ran.stdout.slice(-3000)).toBe(0);
    expect(eventsOf(ran).at(-1)).toMatchObject({ status: "published" });
  } finally {
    await rm(state, { recursive: true, force: true });
  }
});
