import type { ImageTest } from "../../core/job.ts";

/** Seconds that everything may take to start, and then the network. */
const patience = { start: 300, network: 60 };

/** Seconds beside its time limit that a test takes to be ended. */
const grace = 20;

/** Seconds after which the program cannot be at work any more: Run Command then ends it. */
export const longest = (tests: readonly ImageTest[]): number =>
  patience.start +
  patience.network +
  60 +
  tests.reduce((sum, { timeout }) => sum + timeout + grace, 0);

/** Characters of a command's output that GetCommandInvocation gives. */
const outputGiven = 24_000;

/** Bytes of each test's output that are reported, its last: all of them, in base64, must fit. */
export const outputKept = (count: number): number => {
  const lines = 2000 + count * 80; // addresses and units, and of each test what is not output
  return Math.max(0, Math.min(4096, Math.floor(((outputGiven - lines) * 3) / 4 / count)));
};

/** Where the program keeps its own: gone when the machine is. */
const folder = "/run/ovenbird-tests";

/** How many tests fit in a report at all, without any output of theirs. */
export const mostTests = Math.floor((outputGiven - 2000) / 80);

/**
 * The program that Run Command runs in a booted candidate: it prints the report that
 * core/boot-report.ts reads. SendCommand has no token, so it may be there twice: the second waits
 * for the report of the first. Nothing of it needs more than a POSIX shell and timeout, base64,
 * tail and ip.
 */
export const testProgram = (tests: readonly ImageTest[]): string => `
export HOME=/root PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /
addresses() { ip -4 -o address show scope global | while read -r _ _ _ address _; do echo "$address"; done; }
centiseconds() { read -r up _ < /proc/uptime; echo "$up" | tr -d .; }

run_test() {
  started=$(centiseconds)
  rm -f ${folder}/status
  { timeout -k 5 "$2" /bin/sh ${folder}/test-$1 < /dev/null; echo $? > ${folder}/status; } 2>&1 |
    timeout -k 5 $(($2 + 10)) tail -c ${outputKept(tests.length)} > ${folder}/output
  status=$(cat ${folder}/status)
  echo test "$1" "\${status:-lost}" "$(($(centiseconds) - started))e-2" "$(base64 -w 0 ${folder}/output)"
}

report() {
  timeout ${patience.start} systemctl is-system-running --wait > /dev/null 2>&1
  waited=0
  while [ -z "$(addresses)" ] && [ $waited -lt ${patience.network} ]; do sleep 1; waited=$((waited + 1)); done
  for address in $(addresses); do echo address "$address"; done
  systemctl list-units --state=failed --plain --no-legend | head -n 20 |
    while read -r name _; do echo failed-unit "$name"; done
${tests.map(testLines).join("\n")}
  echo clock "$(date +%s)" # at the end, because tests may take any time
  echo end
}

if mkdir ${folder} 2> /dev/null; then
  report > ${folder}/report.part 2> ${folder}/complaints
  mv ${folder}/report.part ${folder}/report
else
  while [ ! -e ${folder}/report ]; do sleep 1; done
fi
cat ${folder}/report
`;

/** In base64, so that nothing in a command means anything to the shell that writes it. */
const testLines = ({ command, timeout }: ImageTest, index: number): string =>
  `  echo ${Buffer.from(`${command}\n`).toString("base64")} | base64 -d > ${folder}/test-${index}
  run_test ${index} ${timeout}`;
