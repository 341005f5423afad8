import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { shell } from "../../support/agent-run.ts";
import { agentOf, killHard } from "../../support/processes.ts";
import { command, runOnHost } from "./run.ts";

const before = "Before mounting: command";
const after = "After mounting: command";

describe("commands on the builder", () => {
  test("know the disk, then the mounted image, and the parameters, but no secret", async () => {
    const ran = await runOnHost({
      parameters: { GREETING: "hello you", PATH: "/nowhere" },
      secrets: { TOKEN: "s3cret-value" },
      asks: (host) => ({
        beforeMount: [
          command(
            `stat -c '%s %F' "$OVENBIRD_DISK"; echo "root: $OVENBIRD_ROOT, $GREETING, $PWD"
             env | grep -ci token || true; id -u; cat; echo s3cret-value`,
            { name: "first" },
          ),
        ],
        afterMount: [
          command(
            `cat "$OVENBIRD_ROOT/etc/os-release"; mountpoint -q "$OVENBIRD_ROOT/boot/efi"
             touch ${host}/seen "$OVENBIRD_ROOT/etc/by-command"; cat /proc/1/comm`,
          ),
        ],
      }),
      steps: [shell("ls /etc/by-command")],
      after: (host) => readFile(`${host}/seen`),
    });
    expect(ran.error).toBeUndefined();
    expect(ran.output("Before mounting: first").split("\n")).toEqual([
      ...["268435456 regular file", "root: , hello you, /", "0", "0", "***"],
    ]);
    expect(ran.output(after).split("\n")).toEqual(['PRETTY_NAME="Small 1"', "sh"]);
    expect(ran.output("shell")).toBe("/etc/by-command");
  });

  test("run in order, around the making of the disk, and what they leave ends with them", async () => {
    const ran = await runOnHost({
      asks: () => ({
        beforeMount: [
          command(
            `losetup --find --show "$OVENBIRD_DISK" > /dev/null
             (setsid sleep 1000; echo "$OVENBIRD_DISK") > /dev/null 2>&1 & echo away`,
          ),
        ],
        afterMount: [
          command(
            `cd "$OVENBIRD_ROOT"; mount -t tmpfs tmpfs mnt 2> /dev/null || { mkdir mnt; mount -t tmpfs tmpfs mnt; }
             touch mnt/of-memory; (cd "$OVENBIRD_ROOT/etc"; exec setsid sleep 1000) > /dev/null 2>&1 &
             sleep 0.1; losetup --associated "$OVENBIRD_DISK" | wc -l`,
          ),
        ],
      }),
      steps: [shell("ls -A /mnt; ps | grep -c '[s]leep 1000'", { allowedExitCodes: [1] })],
    });
    expect(ran.error).toBeUndefined();
    expect(ran.output(before)).toMatch(
      /^away\n\/dev\/loop\d+ was left attached to the disk; it is detached$/,
    );
    // the root's and the ESP's, which are the agent's
    expect(ran.output(after)).toBe("2");
    expect(ran.output("shell")).toBe("0");
    const started = ran.events.flatMap((event) =>
      event.event === "step-started" ? [event.step] : [],
    );
    expect(started).toEqual([
      ...[before, "Partition the disk", "Install debian small", after, "shell"],
      ...["Finish the disk", "Take the inventory"],
    ]);
  });

  test("that fail end the bake with command, status and last lines, secrets masked", async () => {
    const ran = await runOnHost({
      secrets: { TOKEN: "s3cret-value" },
      asks: () => ({
        beforeMount: [
          command("true"),
          command("echo one; false | true; echo s3cret-value >&2; (exit 7)\necho not reached", {
            name: "prepare",
          }),
          command("echo never"),
        ],
      }),
    });
    expect(ran.error).toMatchObject({ name: "StepFailed" });
    expect(ran.error?.message.split("\n")).toEqual([
      'host.before_mount 2 "prepare": echo one; false | true; echo s3cret-value >&2; (exit 7)'.replace(
        "s3cret-value",
        "***",
      ),
      "echo not reached ended with status 7; its last lines:",
      ...["one", "***"],
    ]);
    expect(ran.events.at(-1)).toMatchObject({
      ...{ step: "Before mounting: prepare", status: "failed" },
    });
    expect(ran.events.some((event) => event.step === "Partition the disk")).toBe(false);
  });

  test("that do not end in time are killed with all they started", async () => {
    const ran = await runOnHost({
      asks: () => ({
        afterMount: [
          command("echo waiting; sleep 1000 & cd $OVENBIRD_ROOT; sleep 1000", { timeout: 1 }),
        ],
      }),
      steps: [shell("echo ran")],
    });
    expect(ran.error).toMatchObject({ name: "StepTimedOut" });
    expect(ran.error?.message).toMatch(
      /^host\.after_mount 1 "command": echo waiting; .* did not end in 1 s; its last lines:\nwaiting$/,
    );
    expect(ran.output("shell")).toBe("");
  });

  test.each([before, after])(
    "%s: nothing of one is left when the agent is killed",
    async (step) => {
      const commands = [command("setsid sleep 1000 & echo at work; sleep 1000")];
      const ran = await runOnHost({
        asks: () => ({ [step === before ? "beforeMount" : "afterMount"]: commands }),
        onEvent(event, folder) {
          if (event.event !== "step-output" || event.text !== "at work") return;
          killHard(agentOf(folder)?.pid);
        },
      });
      expect(ran.error).toMatchObject({ name: "AgentDied" });
      expect(ran.events.at(-1)).toMatchObject({ step, text: "at work" });
      // loop devices, mounts and processes: the end of the folder's scope asserts that none is left
    },
  );
});
