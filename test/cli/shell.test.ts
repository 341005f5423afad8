import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAgent } from "../support/agent-run.ts";
import { leftBehind } from "../support/left-behind.ts";
import { lookInside } from "../support/look-inside.ts";
import { eventsOf, ovenbird, type Ran, start } from "../support/ovenbird.ts";
import { stockOrigin } from "../support/stock-origin.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { launcher } from "./run-cli.ts";

const recipeOf = (digest: string) => `
image:
  name: broken
  origin: { file: disk.raw, digest: "${digest}" }
  parameters:
    GREETING: { default: good morning }
    TOKEN: { type: secret, from: { file: token } }
  assets:
    tool: { source: tool }
  configure:
    - name: begin
      shell: echo "$GREETING" > /begun; cat /run/secrets/TOKEN > /run/told
    - name: break
      shell: echo half > /half; ln -sf nowhere /etc/resolv.conf; exit 7
    - name: never
      shell: echo > /never
`;

let folder: TemporaryFolder;
let state: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  state = join(folder.path, "state");
  const { disk } = await runAgent({ folder: folder.path, steps: [] });
  const { digest } = await stockOrigin(disk);
  await writeFile(join(folder.path, "broken.yaml"), recipeOf(digest));
  await writeFile(join(folder.path, "token"), "correct-horse\n");
  await mkdir(join(folder.path, "tool"));
  await writeFile(join(folder.path, "tool/version"), "3\n");
});
afterAll(() => folder[Symbol.asyncDispose]());

describe("a bake that fails in a step, told to keep its builder", () => {
  let ran: Ran;
  let id: string;

  beforeAll(async () => {
    const path = join(folder.path, "broken.yaml");
    ran = await ovenbird(["bake", path, "--keep-builder", "--json", "--state", state]);
    id = eventsOf(ran)[0]?.bake ?? "";
  });

  const shell = (...command: string[]) => ovenbird(["shell", id, "--state", state, ...command]);

  test("fails, and says until when it is kept and by which commands to go on", () => {
    expect(ran.status).toBe(1);
    expect(eventsOf(ran).at(-1)).toMatchObject({ status: "failed", error: "StepFailed" });
    const { keptUntil = "" } = eventsOf(ran).at(-1) as { keptUntil?: string };
    const hours = (Date.parse(keptUntil) - Date.now()) / 3600_000;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThan(25);
    expect(ran.stderr).toContain(`ovenbird shell ${id} --state ${state} `);
    expect(ran.stderr).toContain(`ovenbird release ${id} --state ${state} `);
  });

  test("shows the disk as the step left it, with what steps see, and no secrets", async () => {
    const look = `
      cat /begun /half /run/assets/tool/version; echo "$GREETING"
      test ! -e /never && test ! -e /run/secrets/TOKEN && test ! -e /run/told || echo too much
      grep nameserver /etc/resolv.conf; test ! -e /proc/kcore || test ! -s /proc/kcore
      echo complaint >&2; exit 5`;
    const { status, stdout, stderr } = await shell("--", "sh", "-c", look);
    expect(stdout.split("\n")).toEqual([
      ...["good morning", "half", "3", "good morning", "nameserver 10.0.2.3", ""],
    ]);
    expect(stderr).toBe("complaint\n");
    expect(status).toBe(5);
  });

  test("keeps what a shell changed, and puts back what stood in for the image's own", async () => {
    const input = "echo more >> /half; readlink /etc/resolv.conf || echo ours";
    expect(await piped(["shell", "broken", "--state", state], input)).toBe("ours\n");
    const builder = join(state, "bakes", id, "builder");
    const disk = (await readdir(builder)).find((name) => name.endsWith(".raw")) ?? "";
    const look = 'cat "$ROOT/half"; readlink "$ROOT/etc/resolv.conf"; ls -a "$ROOT/etc"';
    const seen = await lookInside(join(builder, disk), look);
    expect(seen).toMatch(/^half\nmore\nnowhere\n/);
    expect(seen).not.toContain("ovenbird");
  });

  test("gives a shell the secrets when it is told where their files are, and any bytes back", async () => {
    const bytes = "cat /run/secrets/TOKEN; head -c 300000 /dev/zero | tr '\\0' '\\377'";
    const from = ["--secrets", folder.path];
    const child = start(["shell", id, "--state", state, ...from, "--", "sh", "-c", bytes]);
    const expected = Buffer.concat([Buffer.from("correct-horse"), Buffer.alloc(300_000, 0xff)]);
    expect(expected.equals(await buffer(child.stdout))).toBe(true);
  });

  test("is listed by a sweep, which leaves it", async () => {
    const { stdout } = await ovenbird(["sweep", "--state", state]);
    expect(stdout).toMatch(new RegExp(`^kept ${id} until .*\`ovenbird release ${id}\``));
    const json = await ovenbird(["sweep", "--state", state, "--json"]);
    expect(JSON.parse(json.stdout)).toEqual([
      { bake: id, released: [], keptUntil: expect.stringMatching(/Z$/) },
    ]);
  });

  test("lets one shell in at a time, and no release and no sweep take it away from that", async () => {
    const first = start(["shell", id, "--state", state, "--", "sh", "-c", "echo in; sleep 300"]);
    await once(first.stdout, "data");
    const closed = once(first, "close");
    for (const command of ["shell", "release"]) {
      const second = await ovenbird([command, id, "--state", state]);
      expect(second.status).toBe(1);
      expect(second.stderr).toContain("a shell is open");
    }
    await ovenbird(["sweep", "--state", state]);
    first.kill("SIGINT");
    await closed;
    expect(first.exitCode).toBe(130);
  });

  test("gives a terminal of its own to a shell on one", async () => {
    const typed = [
      ...["test -t 0 && test -t 1 && echo 'a terminal' of $TERM", "sleep 100", "\u0003"],
      ...['echo "still $((6 * 7))"', "exit 3"],
    ];
    const { screen, status } = await onTerminal(["shell", id, "--state", state], typed);
    expect(screen).toContain("a terminal of xterm");
    expect(screen).toContain("still 42");
    expect(screen).toContain('step 2 "break"');
    expect(status).toBe(3);
  });

  test("is given back by release, and then nothing is left of it", async () => {
    const { status, stdout } = await ovenbird(["release", id, "--state", state]);
    expect([status, stdout]).toEqual([0, `released the builder of ${id}\n`]);
    expect((await leftBehind(state)).filter((name) => !name.startsWith("snap-"))).toEqual([]);
    const gone = await shell("--", "true");
    expect(gone.status).toBe(5);
    expect(gone.stderr).toContain("--keep-builder");
  });
});

/** Runs the command with that on its standard input; what it printed. */
const piped = async (parameters: string[], input: string): Promise<string> => {
  const child = spawn(process.execPath, [launcher, ...parameters], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(input);
  return text(child.stdout);
};

/** Types lines, each when the answer to the one before it stands still. */
const onTerminal = async (parameters: string[], lines: readonly string[]) => {
  const words = [process.execPath, launcher, ...parameters].join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", words, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TERM: "xterm" },
  });
  let screen = "";
  let answered = Date.now();
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    screen += data;
    answered = Date.now();
  });
  const left = [...lines];
  const timer = setInterval(() => {
    // the shell's prompt, or what the line before said
    if (!screen.includes("# ") || Date.now() - answered < 700) return;
    answered = Date.now();
    const line = left.shift();
    if (line !== undefined) child.stdin.write(line === "\u0003" ? line : `${line}\r`);
  }, 50);
  await once(child, "close");
  clearInterval(timer);
  return { screen, status: child.exitCode };
};

describe("a builder is not kept", () => {
  test("when the bake failed before its steps, which is said", async () => {
    const path = join(folder.path, "elsewhere.yaml");
    const text = await readFile(join(folder.path, "broken.yaml"), "utf8");
    await writeFile(path, text.replace(/sha256:[0-9a-f]{64}/, `sha256:${"0".repeat(64)}`));
    const { status, stderr } = await ovenbird(["bake", path, "--keep-builder", "--state", state]);
    expect(status).toBe(1);
    expect(stderr).toContain("nothing is kept: ");
    expect(await readdir(join(state, "bakes"))).toEqual([]);
  });

  test("when the bake is interrupted", async () => {
    const path = join(folder.path, "endless.yaml");
    const text = await readFile(join(folder.path, "broken.yaml"), "utf8");
    await writeFile(path, text.replace("exit 7", "echo now; sleep 300"));
    const child = start(["bake", path, "--keep-builder", "--state", state]);
    const closed = once(child, "close");
    for await (const chunk of child.stdout) {
      if (String(chunk).includes("    now")) child.kill("SIGINT");
    }
    await closed;
    expect(child.exitCode).toBe(130);
    expect(await readdir(join(state, "bakes"))).toEqual([]);
  });
});
