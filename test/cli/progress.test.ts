import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BakeEvent } from "../../core/bake-event.ts";
import { BakeId } from "../../core/ids.ts";
import { percentOn } from "../../cli/progress/percent.ts";
import { printable, printableLines } from "../../cli/progress/printable.ts";
import { progressOn } from "../../cli/progress/progress.ts";
import { cutTo } from "../../cli/progress/width.ts";
import { bake, events, hostile } from "./events.ts";
import { fakeTerminal, screenOf } from "./terminal.ts";

const piped = async (json: boolean): Promise<string> => {
  const out = new PassThrough({ highWaterMark: 2 ** 20 });
  using progress = await progressOn(out, { json, several: false });
  for (const event of events) progress.show(event);
  return String(out.read());
};

test("piped, a bake is a line an event with its time, and output is indented", async () => {
  expect(await piped(false)).toBe(`    0.0s  bake web-0123456789abcdef-1 of web.yaml
    0.0s  ReadRecipe
    0.0s  ReadRecipe succeeded in 12ms
    0.0s  RunAgent
    0.0s    install nginx
    0.0s      Reading lists
    0.0s      100%
    0.0s      abcd
    1.5s    install nginx succeeded in 1.5s
    1.5s    debug tools skipped: when: DEBUG is false
    1.5s    configure
    1.6s      ${"x".repeat(70)}    tail
    2.0s    configure failed in 460ms
    2.0s  RunAgent failed in 2s
   62.0s  failed in 1m 2s
   62.0s  log: /state/logs/web.jsonl
`);
});

test("piped, several bakes are told apart by their recipes", async () => {
  const out = new PassThrough({ highWaterMark: 2 ** 20 });
  using progress = await progressOn(out, { json: false, several: true });
  for (const event of events) progress.show(event);
  const lines = String(out.read()).trimEnd().split("\n");
  expect(lines[1]).toBe("    0.0s  web  ReadRecipe");
  for (const line of lines) expect(line).toMatch(/^ +[\d.]+s {2}web {2}/);
});

test("piped, a bake's end says where the page about its image is", async () => {
  const out = new PassThrough();
  using progress = await progressOn(out, { json: false, several: false });
  const end = events.at(-1);
  if (end?.event !== "bake-finished") throw new Error("a bake ends");
  progress.show({ ...end, report: "/state/logs/web.report\u001b[2J.html" });
  const lines = String(out.read()).split("\n");
  expect(lines.at(-2)).toBe("    0.0s  report: /state/logs/web.report.html");
});

test("as JSON, a bake is its events and nothing else", async () => {
  const lines = (await piped(true)).trimEnd().split("\n");
  expect(lines.map((line) => BakeEvent.parse(JSON.parse(line)))).toEqual(events);
});

test("as JSON, output drives no terminal either", async () => {
  expect(await piped(true)).not.toMatch(/[^\P{Cc}\n]/u);
});

/** Shows the first so many events, with the time between them, and one frame more. */
const shown = async (count: number, size?: { columns?: number; rows?: number }) => {
  const { terminal, text } = fakeTerminal(size);
  vi.setSystemTime(events[0]?.at ?? 0);
  using progress = await progressOn(terminal, { json: false, several: false });
  for (const event of events.slice(0, count)) {
    vi.advanceTimersByTime(event.at - Date.now());
    progress.show(event);
  }
  vi.advanceTimersByTime(100);
  terminal.read();
  return text();
};

describe("on a terminal", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: events[0]?.at });
    vi.stubEnv("TERM", "xterm-256color");
    vi.stubEnv("NO_COLOR", undefined);
    vi.stubEnv("FORCE_COLOR", undefined);
    // Of a CI service's log Node knows by name whether it shows colours; these are a terminal's.
    vi.stubEnv("CI", undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  test("finished lines stay, with what they took", async () => {
    expect(screenOf(await shown(events.length))).toEqual([
      "bake web-0123456789abcdef-1 of web.yaml",
      "✓ ReadRecipe 12ms",
      "✗ RunAgent 2s",
      "  ✓ install nginx 1.5s",
      "  - debug tools skipped: when: DEBUG is false",
      "  ✗ configure 460ms",
      "failed in 1m 2s",
      "log: /state/logs/web.jsonl",
      "",
    ]);
  });

  test("the running step shows its last line, cut to the width", async () => {
    const screen = screenOf(await shown(11));
    expect(screen.slice(2, 6)).toEqual([
      expect.stringMatching(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] RunAgent 1\.\ds$/),
      "  ✓ install nginx 1.5s",
      "  - debug tools skipped: when: DEBUG is false",
      expect.stringMatching(/^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] configure \d+ms$/),
    ]);
    expect(screen[6]).toMatch(/^ {4}x{54}…$/);
  });

  test("what a state waits for is beneath it, and nowhere once it goes on", async () => {
    const { terminal, text } = fakeTerminal();
    using progress = await progressOn(terminal, { json: false, several: false });
    const at = Date.now();
    const state = "ProvisionBuilder";
    progress.show({ event: "state-entered", at, bake, state });
    const message = "b waits for\u001b[2J capacity";
    progress.show({ event: "state-waits", at, bake, state, message });
    vi.advanceTimersByTime(100);
    expect(screenOf(text()).slice(0, 2)).toEqual([
      expect.stringMatching(/^. ProvisionBuilder /),
      "    b waits for capacity",
    ]);
    progress.show({ event: "state-exited", at, bake, state, status: "succeeded", seconds: 60 });
    vi.advanceTimersByTime(100);
    expect(screenOf(text()).join("\n")).toContain("✓ ProvisionBuilder 1m");
    expect(screenOf(text()).join("\n")).not.toContain("capacity");
  });

  test("what still runs when the bake is stopped is shown as failed", async () => {
    const { terminal, text } = fakeTerminal();
    using progress = await progressOn(terminal, { json: false, several: false });
    const cut = [...events.slice(1, 6), ...events.slice(-1)];
    for (const event of cut) progress.show(event);
    expect(screenOf(text()).slice(1, 3)).toEqual([
      expect.stringMatching(/^✗ RunAgent/),
      expect.stringMatching(/^ {2}✗ install nginx/),
    ]);
  });

  test("what a step prints never drives the terminal", async () => {
    const text = await shown(7);
    expect(screenOf(text)).toContain("    abcd");
    expect(text).not.toContain("owned");
    // oxlint-disable-next-line no-control-regex -- these characters are what is looked for
    expect(text).not.toMatch(/[\u0007\u0080-\u009f]|\u001b\[2J/);
  });

  test("two bakes at once are told apart, and one that ends leaves the other running", async () => {
    const other = BakeId.parse("base-0123456789abcdef-1");
    const { terminal, text } = fakeTerminal();
    using progress = await progressOn(terminal, { json: false, several: true });
    for (const event of events.slice(0, 5)) progress.show(event);
    for (const event of events.slice(0, 5)) progress.show({ ...event, bake: other });
    for (const event of events.slice(-1)) progress.show(event);
    vi.advanceTimersByTime(100);
    const screen = screenOf(text());
    const running = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /;
    expect(screen.filter((line) => line.startsWith("✗"))).toEqual([
      expect.stringMatching(/^✗ web RunAgent/),
    ]);
    expect(screen).toContain("web failed in 1m 2s");
    expect(screen.filter((line) => running.test(line))).toEqual([
      expect.stringMatching(/ base RunAgent/),
    ]);
  });

  test("a flood of output is drawn ten times a second", async () => {
    const { terminal, text } = fakeTerminal();
    using progress = await progressOn(terminal, { json: false, several: false });
    for (const event of events.slice(0, 5)) progress.show(event);
    const output = events.slice(6, 7);
    vi.advanceTimersByTime(100);
    const before = text().length;
    for (let line = 0; line < 10_000; line++) for (const event of output) progress.show(event);
    vi.advanceTimersByTime(1000);
    expect(text().length - before).toBeLessThan(10 * 300);
  });

  test("more steps than the terminal has rows leave the last ones in sight", async () => {
    const { terminal, text } = fakeTerminal({ rows: 8 });
    using progress = await progressOn(terminal, { json: false, several: false });
    for (const event of events.slice(0, 4)) progress.show(event);
    for (let step = 0; step < 30; step++) {
      const name = { at: Date.now(), bake, step: `step ${step}` };
      progress.show({ event: "step-started", ...name });
      progress.show({ event: "step-finished", ...name, status: "succeeded", seconds: 1 });
    }
    vi.advanceTimersByTime(100);
    const screen = screenOf(text()).filter((line) => line !== "");
    expect(screen).toHaveLength(2 + 7);
    expect(screen[3]).toBe("  … 25 lines above");
    expect(screen.at(-1)).toBe("  ✓ step 29 1s");
  });

  test("colours are left out when NO_COLOR says so", async () => {
    const colors = /\u001b\[\d+m/; // oxlint-disable-line no-control-regex
    expect(await shown(events.length)).toMatch(colors);
    vi.stubEnv("NO_COLOR", "1");
    expect(await shown(events.length)).not.toMatch(colors);
  });

  test("a terminal that can do nothing gets plain lines", async () => {
    vi.stubEnv("TERM", "dumb");
    expect(await shown(events.length)).toContain("    1.5s    configure\n");
  });

  test("a terminal without a size gets plain lines", async () => {
    const size = { columns: 0, rows: 0 };
    expect(await shown(events.length, size)).toContain("    1.5s    configure\n");
  });
});

test("text of others is stripped to what prints", () => {
  expect(printable(hostile)).toBe("abcd");
  expect(printable("\u202egnp.exe")).toBe("gnp.exe");
  expect(printableLines("one\r\ntwo\n")).toEqual(["one", "two"]);
  expect(printableLines("")).toEqual([""]);
  expect(printableLines("one\n\u001b[K\u001b[0m\n\ntwo")).toEqual(["one", "", "two"]);
});

test("text is cut to the terminal's columns, wide characters counted twice", () => {
  expect(cutTo("abcdef", 6)).toBe("abcdef");
  expect(cutTo("abcdefg", 6)).toBe("abcde…");
  expect(cutTo("鳥の巣の中", 7)).toBe("鳥の巣…");
});

test("how far an export is, is on one line of a terminal, and gone in the end", () => {
  const { terminal, text } = fakeTerminal();
  {
    using percent = percentOn(terminal as never, "web.vmdk");
    percent.show(0.1234);
    percent.show(0.999);
    expect(screenOf(text()).filter((line) => line !== "")).toEqual(["web.vmdk  99 %"]);
  }
  expect(screenOf(text()).join("")).toBe("");
});

test("how far an export is, is told to no pipe", () => {
  const pipe = new PassThrough();
  {
    using percent = percentOn(pipe, "web.vmdk");
    percent.show(0.5);
  }
  expect(pipe.read()).toBeNull();
});
