import type { ImageFiles } from "../image-files.ts";

/** What an image's own settings say, for those who ask of a program. */
export interface Settings {
  files: ImageFiles;
  /** Whether one of these units is started at boot, or by a timer or a path. */
  isStarted(...units: string[]): boolean;
}

/** The last assignment of a shell's variable in a file, without quotes; undefined when none is. */
export const shellValue = ({ files }: Settings, path: string, name: string): string | undefined => {
  const found = [
    ...(files.text(path) ?? "").matchAll(
      new RegExp(String.raw`^[ \t]*(?:export[ \t]+)?${name}=["']?([^"'\s#]*)`, "gm"),
    ),
  ];
  return found.at(-1)?.[1];
};

/** An assignment in a section of a file in the form of INI; a line may have spaces about its sign. */
export const iniValue = (
  { files }: Settings,
  path: string,
  section: string,
  name: string,
): string | undefined =>
  iniSections(files.text(path) ?? "")
    .find((one) => one.section.toLowerCase() === section.toLowerCase())
    ?.values.get(name.toLowerCase());

export interface IniSection {
  section: string;
  values: Map<string, string>;
}

export const iniSections = (text: string): IniSection[] => {
  const sections: IniSection[] = [{ section: "", values: new Map() }];
  for (const line of text.split("\n")) {
    const [, section] = /^\s*\[([^\]]+)\]/.exec(line) ?? [];
    const [, name, value = ""] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== undefined) sections.push({ section, values: new Map() });
    else if (name !== undefined) sections.at(-1)?.values.set(name.toLowerCase(), value);
  }
  return sections;
};

export const isYes = (value: string | undefined): boolean =>
  /^(?:1|yes|true|on|y|enabled)$/i.test(value ?? "");
export const isNo = (value: string | undefined): boolean =>
  /^(?:0|no|false|off|n|disabled)$/i.test(value ?? "");

/** Where a variable can be set for everybody; a value in any of them counts. */
export const environmentValue = (settings: Settings, name: string): string | undefined => {
  const profiles = settings.files
    .names("/etc/profile.d")
    .filter((file) => file.endsWith(".sh"))
    .map((file) => `/etc/profile.d/${file}`);
  const generated = settings.files
    .names("/etc/environment.d")
    .map((file) => `/etc/environment.d/${file}`);
  return ["/etc/environment", "/etc/profile", "/etc/bash.bashrc", ...profiles, ...generated]
    .map((path) => shellValue(settings, path, name))
    .find((value) => value !== undefined);
};
