/** A section of a file of dnf, yum or zypper. */
export interface Section {
  name: string;
  /** Of its name, from 1. */
  line: number;
  options: ReadonlyMap<string, string>;
}

/** Reads sections of `name = value`; a line that begins with a blank continues the one before. */
export const parseIni = (text: string): Section[] => {
  const found: { name: string; line: number; options: Map<string, string> }[] = [];
  let last = "";
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, section] = /^\[([^\]]+)\]/.exec(line) ?? [];
    const name = /^[^\s=#;[]/.test(line) ? line.split("=", 1)[0] : undefined;
    const options = found.at(-1)?.options;
    if (section !== undefined) found.push({ name: section, line: index + 1, options: new Map() });
    else if (name !== undefined) {
      last = name.trim().toLowerCase();
      options?.set(last, line.slice(name.length + 1).trim());
    } else if (/^\s+[^\s#;]/.test(line) && options?.has(last) === true) {
      options.set(last, `${options.get(last)} ${line.trim()}`);
    }
  }
  return found;
};
