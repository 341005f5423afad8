/** A label of extlinux.conf: https://wiki.syslinux.org/wiki/index.php?title=Config */
export interface ExtlinuxLabel {
  name: string;
  linux?: string;
  initrd: string[];
  options: string;
}

export interface ExtlinuxConfig {
  labels: ExtlinuxLabel[];
  /** The label that boots when nobody chooses; empty when none is named. */
  default: string;
}

export const readExtlinux = (text: string): ExtlinuxConfig => {
  const config: ExtlinuxConfig = { labels: [], default: "" };
  let marked: string | undefined;
  for (const line of text.split("\n")) {
    const [, word = "", value = ""] = /^(\w+)\s*(.*)$/.exec(line.trim()) ?? [];
    const label = config.labels.at(-1);
    const key = word.toLowerCase();
    if (key === "label") config.labels.push({ name: value, initrd: [], options: "" });
    else if (label === undefined && (key === "default" || key === "ontimeout"))
      config.default ||= value;
    else if (label !== undefined) {
      if (key === "menu" && /^default$/i.test(value)) marked = label.name;
      readCommand(label, key, value);
    }
  }
  // DEFAULT may name a menu's module; MENU DEFAULT is then what it starts
  return { ...config, default: marked ?? config.default };
};

const readCommand = (label: ExtlinuxLabel, key: string, value: string): void => {
  if (key === "linux" || key === "kernel") label.linux = value;
  if (key === "initrd") label.initrd = value.split(",");
  if (key !== "append") return;
  const initrd = /(?:^|\s)initrd=(\S+)/.exec(value)?.[1];
  if (initrd !== undefined) label.initrd = initrd.split(",");
  label.options = value.replace(/(?:^|\s)initrd=\S+/, "").trim();
};

/** The label that is booted; the first when none of the default's name is there. */
export const defaultLabel = (config: ExtlinuxConfig): ExtlinuxLabel | undefined =>
  config.labels.find(({ name }) => name === config.default) ??
  config.labels.find(({ linux }) => linux !== undefined);
