import { styleText } from "node:util";
import { recipeOfBake } from "../../core/ids.ts";
import { duration } from "./duration.ts";
import type { Out } from "./progress.ts";
import type { StateWork, Status, StepWork, View, Work } from "./view.ts";
import { cutTo } from "./width.ts";

/** What a frame depends on beside the view. */
export interface Frame {
  out: Out;
  /** Milliseconds since the epoch. */
  now: number;
  /** Counts frames, for the spinner. */
  count: number;
  /** Whether each state is told with its recipe: several are baked. */
  several: boolean;
}

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** The lines of what is running, no more than the terminal has rows for. */
export const drawView = (view: View, frame: Frame): string => {
  const lines = view.flatMap((state) => stateLines(state, frame));
  const rows = Math.max(4, (frame.out.rows ?? 24) - 1);
  const left = lines.length - rows;
  if (left <= 0) return lines.join("\n");
  // The state's own line stays, and then the last steps.
  const [first = "", ...rest] = lines;
  const hidden = styled(frame, "dim", `  … ${left + 1} lines above`);
  return [first, hidden, ...rest.slice(left + 1)].join("\n");
};

/** The lines of one state: its own, what it waits for, one a step, what the running step printed. */
export const stateLines = (state: StateWork, frame: Frame): string[] => [
  workLine(named(state, frame), "", frame),
  ...outputLines({ status: state.status, output: state.waits ?? "" }, frame),
  ...state.steps.flatMap((step) => [workLine(step, "  ", frame), ...outputLines(step, frame)]),
];

const named = (state: StateWork, { several }: Frame): Work =>
  several ? { ...state, name: `${recipeOfBake(state.bake)} ${state.name}` } : state;

const columns = ({ out }: Frame): number => Math.max(20, out.columns ?? 80);

const outputLines = (
  { status, output }: Pick<StepWork, "status" | "output">,
  frame: Frame,
): string[] =>
  status === "running" && output !== ""
    ? [styled(frame, "dim", `    ${cutTo(output, columns(frame) - 5)}`)]
    : [];

const workLine = (work: Work, indent: string, frame: Frame): string => {
  const took =
    work.status === "skipped"
      ? `skipped${work.reason === undefined ? "" : `: ${work.reason}`}`
      : duration(work.seconds ?? (frame.now - work.began) / 1000);
  const room = columns(frame) - indent.length - 3;
  const name = cutTo(work.name, Math.max(8, room - took.length - 1));
  const rest = cutTo(took, Math.max(8, room - name.length - 1));
  return `${indent}${mark(work.status, frame)} ${name} ${styled(frame, "dim", rest)}`;
};

const mark = (status: Status, frame: Frame): string => {
  const turn = spinner[frame.count % spinner.length] ?? "";
  const marks = {
    running: styled(frame, "cyan", turn),
    succeeded: styled(frame, "green", "✓"),
    failed: styled(frame, "red", "✗"),
    skipped: styled(frame, "dim", "-"),
  };
  return marks[status];
};

const styled = ({ out }: Frame, style: "dim" | "cyan" | "green" | "red", text: string): string =>
  styleText(style, text, { stream: out });
