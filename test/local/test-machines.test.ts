import { chmod, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { vi } from "vitest";
import { noAttributes } from "../../core/image-attributes.ts";
import { folderImages } from "../../local/images.ts";
import { bakeFolder, testFolder } from "../../local/paths.ts";
import { hostMachine } from "../../local/qemu.ts";
import { qemuTestMachines } from "../../local/test-machines.ts";
import { describeTestMachines } from "../contracts/test-machines.ts";
import { type BootedMachine, bootedMachine } from "../support/booted-machine.ts";
import { recipeWith } from "../support/candidates.ts";
import { openState } from "../support/local-state.ts";
import { processesWith } from "../support/processes.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { exists } from "../support/tree.ts";

const program = join(import.meta.dirname, "../support/programs/prepare-boot-test.ts");

/**
 * Takes QEMU's place: waits until it may boot, then runs what is in the disk's place, and reports
 * what that prints; or says its last words.
 */
const qemu = (folder: string, { env, work }: BootedMachine) => `#!/bin/sh
for word; do case $word in
  file,id=report,path=*) report=\${word#*path=};;
  file=*,if=virtio,*) disk=\${word#file=}; disk=\${disk%%,*};;
esac; done
echo >> ${folder}/started
while [ ! -e ${folder}/boot ]; do sleep 0.05; done
if [ -s ${folder}/boot ]; then cat ${folder}/boot; exec sleep 60; fi
sed "s|/run/ovenbird-tests|${work}|g" "$disk" | PATH=${env.PATH} /bin/sh > "$report"
`;

describeTestMachines("local", async () => {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  const state = stack.use(await openState());
  const machine = stack.use(await bootedMachine());
  const shim = join(path, "shim");
  await mkdir(shim);
  const fake = join(shim, hostMachine().program);
  await writeFile(fake, qemu(path, machine));
  await chmod(fake, 0o755);
  vi.stubEnv("PATH", [shim, process.env["PATH"]].join(delimiter));
  stack.defer(() => void vi.unstubAllEnvs());
  const spec = await state.newSpec();
  const { bake } = spec;
  const imageId = await folderImages(state.paths).register(spec, noAttributes);
  const scope = new AbortController();
  stack.defer(() => scope.abort());
  const lock = stack.use(await open(join(bakeFolder(state.paths, bake), "lock")));
  const held = stack.move();
  return {
    machines: qemuTestMachines({
      ...{ paths: state.paths, program, lock: lock.fd, signal: scope.signal },
      ...{ events: () => undefined, slice: 100, kvm: false },
    }),
    order: (tests) => ({ bake, imageId, recipe: recipeWith(tests) }),
    async boot({ failedUnit, panic = "" } = {}) {
      if (failedUnit !== undefined) await machine.fail(failedUnit);
      await writeFile(join(path, "boot.part"), panic && `${panic}\n`);
      await rename(join(path, "boot.part"), join(path, "boot"));
    },
    started: () =>
      readFile(join(path, "started"), "utf8").then(
        ({ length }) => length,
        () => 0,
      ),
    async left() {
      const machines = processesWith(fake).length;
      return Math.max(machines, Number(await exists(testFolder(state.paths, bake))));
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
});
