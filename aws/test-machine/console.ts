import { type EC2Client, GetConsoleOutputCommand } from "@aws-sdk/client-ec2";
import { codeOf } from "../machine/refusals.ts";

/** What the last of a serial console says of a boot. */
export interface ConsoleView {
  state: "booting" | "booted" | "failed";
  /** Units that systemd said failed. */
  failedUnits: string[];
  /** The last lines, for the operator. */
  tail: string;
}

/** What a console ends in when a boot went wrong for good. */
const failures = [
  /Kernel panic - not syncing/,
  /You are in emergency mode/,
  /Entering emergency mode/,
  /grub rescue>/,
  /No bootable device/i,
  /Cannot open access to console, the root account is locked/,
];

/** A login prompt, systemd's target of a machine that many use, or cloud-init's last word. */
const successes = [
  /^\S.* login:\s*$/m,
  /Reached target .*(?:multi-user\.target|Multi-User System)/,
  /Cloud-init v\. \S+ finished at/,
];

/** Colours and moves of the cursor, as systemd and firmware print them. */
// oxlint-disable-next-line no-control-regex
const escapes = /\u001B(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9])/g;

export const readConsole = (output: string): ConsoleView => {
  const text = output.replaceAll(escapes, "").replaceAll("\r", "");
  const lines = text.trimEnd().split("\n");
  const failed = failures.some((failure) => failure.test(text));
  const booted = successes.some((success) => success.test(text));
  return {
    state: failed ? "failed" : booted ? "booted" : "booting",
    failedUnits: [...text.matchAll(/\[FAILED\] Failed to start (.+?)\.*$/gm)].map(
      ([, unit = ""]) => unit,
    ),
    tail: lines.slice(-20).join("\n"),
  };
};

/** The console as it is now, where EC2 has it: machines that are not of Nitro show an older one. */
export const consoleOf = async (ec2: EC2Client, InstanceId: string): Promise<ConsoleView> => {
  const ask = (Latest: boolean) => ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest }));
  const { Output = "" } = await ask(true).catch((error: unknown) => {
    if (codeOf(error) !== "UnsupportedOperation") throw error;
    return ask(false);
  });
  return readConsole(Buffer.from(Output, "base64").toString("utf8"));
};
