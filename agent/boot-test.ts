import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageTest, TestJob } from "../core/job.ts";
import { openDisk } from "./disk/open-disk.ts";
import { insideParent } from "./inside.ts";
import { replaced, writeReplaced } from "./replaced.ts";

const folder = "/ovenbird-test";
const units = "/etc/systemd/system";

/** Seconds that the network may take once everything has started. */
const networkPatience = 60;

/** Bytes of a test's output that are reported: its last. */
const outputKept = 4096;

/** The bake has told what there is to tell of this disk. */
const nothing = () => undefined;

/** Puts a unit into a throw-away copy of an image that tests it as it boots, and powers off. */
export const prepareBootTest = async (job: TestJob, scratch: string): Promise<void> => {
  const order = { disk: job.disk, scratch, check: "journal", mustGrow: false } as const;
  await using disk = await openDisk({ ...order, say: nothing });
  const { root } = disk;
  const tests = await insideParent(root, folder);
  await rm(tests, { recursive: true, force: true });
  await mkdir(tests);
  for (const [index, { command }] of job.tests.entries()) {
    await writeFile(join(tests, `test-${index}`), `${command}\n`);
  }
  await writeFile(join(tests, "run"), program(job.port, job.tests));
  await writeReplaced(root, `${units}/ovenbird-test.service`, unit);
  const wanted = `${units}/multi-user.target.wants/ovenbird-test.service`;
  await symlink("../ovenbird-test.service", await replaced(root, wanted));
};

/** `exec`, so that the boot does not wait for it: it waits for the boot. */
const unit = `[Unit]
Description=Test of the image, as it boots

[Service]
Type=exec
ExecStart=/bin/sh ${folder}/run
Environment=HOME=/root
StandardInput=null
`;

/** Writes the report that core/boot-report.ts reads. */
const program = (port: string, tests: readonly ImageTest[]): string => `
exec 3> ${port}
say() { printf '%s\\n' "$*" >&3; }
addresses() { ip -4 -o address show scope global | while read -r _ _ _ address _; do echo "$address"; done; }

systemctl is-system-running --wait > /dev/null 2>&1
say "" # firmware may have spoken on this port, too
waited=0
while [ -z "$(addresses)" ] && [ $waited -lt ${networkPatience} ]; do sleep 1; waited=$((waited + 1)); done
for address in $(addresses); do say address "$address"; done
systemctl list-units --state=failed --plain --no-legend | while read -r name _; do say failed-unit "$name"; done

work=$(mktemp -d /run/ovenbird-test.XXXXXX)
run_test() {
  started=$(date +%s%N)
  mkdir -p "$work"
  rm -f "$work/status" # a status that is lost is not the one of the test before
  # a pipe that a daemon of the test's holds open is not waited for any longer than the test
  { timeout -k 5 "$2" /bin/sh ${folder}/test-$1 < /dev/null; echo $? > "$work/status"; } 2>&1 |
    timeout -k 5 $(($2 + 10)) tail -c ${outputKept} > "$work/output"
  status=$(cat "$work/status")
  say test "$1" "\${status:-lost}" "$(( ($(date +%s%N) - started) / 1000000 ))e-3" "$(base64 -w 0 "$work/output")"
}
${tests.map(({ timeout }, index) => `run_test ${index} ${timeout}`).join("\n")}
say clock "$(date +%s)" # at the end, because tests may take any time
say end
exec 3>&-
systemctl poweroff --force --force
`;
