import { type Argv, attempt } from "../run.ts";
import { plain } from "./shown.ts";

/** What checkers say of features that came after them. */
export const tooNew = /unsupported feature|unknown (?:in)?compat|unsupported option feature/i;

const notable = new RegExp(
  `skipping journal recovery|valuable metadata changes in a log|${tooNew.source}`,
  "i",
);

export interface Ran {
  status: number;
  /** Lines that say more than the status does. */
  notable: string;
  /** The last lines, without what a terminal obeys: they name files of the image. */
  last: string;
}

/** Seconds: a file system may be made to keep its checker busy for ever. */
const patience = 3600;

/** Lines that are passed on. */
const keep = 8;

/** Runs a checker, which may print without end. */
export const ran = async (argv: Argv): Promise<Ran> => {
  const found = new Set<string>();
  const env = { ...process.env, LC_ALL: "C.UTF-8" } as Record<string, string>;
  const onLine = (line: string) => {
    const [match] = notable.exec(line) ?? [];
    if (match !== undefined) found.add(match);
  };
  const { status, tail } = await attempt(argv, { env, timeout: patience, keep, onLine });
  return { status, notable: [...found].join("\n"), last: tail.map(plain).join("\n") };
};
