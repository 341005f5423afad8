import { host } from "./orders.ts";

export interface Heard {
  onLine(this: void, line: string): void;
  /** Which task failed and why, or what was wrong with the playbook; undefined when untold. */
  failure(this: void): string | undefined;
  /** Whether any task was for the image. */
  reachedImage(): boolean;
}

const taskLine = /^(?:TASK|RUNNING HANDLER) \[(.*)\] \**$/;
const failedLine = /^(?:fatal|failed): \[[^\]]*\].*? => (?<result>\{.*)/;
const messageOf = /"msg": ?("(?:[^"\\]|\\.)*")/;
/** The second form is that of ansible-core 2.19. */
const errorLine = /^(?:ERROR! |\[ERROR\]: )(.*)/;
const recapLine = new RegExp(String.raw`^${host}\s+: ok=\d`);

/** Reads what Ansible prints by its callback `default`. */
export const listenToAnsible = (): Heard => {
  let task = "";
  let failed: string | undefined;
  let error: string | undefined;
  let reached = false;
  return {
    onLine(line) {
      const result = failedLine.exec(line)?.groups?.["result"];
      task = taskLine.exec(line)?.[1] ?? task;
      if (result !== undefined) failed = `task "${task}" failed${reason(result)}`;
      else if (line === "...ignoring") failed = undefined;
      error = errorLine.exec(line)?.[1] ?? error;
      reached ||= recapLine.test(line);
    },
    failure: () => failed ?? (error && `Ansible refused the playbook: ${error}`),
    reachedImage: () => reached,
  };
};

const reason = (result: string): string => {
  const [, text] = messageOf.exec(result) ?? [];
  return text === undefined ? "" : `: ${plain(text)}`;
};

/** As it was before Ansible wrote it down, for secrets to be found in it. */
const plain = (text: string): string => {
  try {
    return String(JSON.parse(text));
  } catch {
    return text; // whoever prints such a line is not to be trusted with its form
  }
};
