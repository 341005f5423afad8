import { iniValue, isNo, type Settings } from "./settings.ts";

const own = "/etc/NetworkManager/conf.d";
const shipped = "/usr/lib/NetworkManager/conf.d";

/** A file in /etc takes the place of the one of its name that was shipped: NetworkManager.conf(5). */
const isReplaced = ({ files }: Settings, path: string): boolean =>
  path.startsWith(`${shipped}/`) && files.find(path.replace(shipped, own)) !== undefined;

/** Files in the order in which NetworkManager reads them: what is read last holds. */
const inOrder = (settings: Settings): string[] => {
  const named = (folder: string) =>
    settings.files
      .names(folder)
      .filter((name) => name.endsWith(".conf"))
      .map((name) => `${folder}/${name}`);
  const files = [...named(shipped), "/etc/NetworkManager/NetworkManager.conf", ...named(own)];
  return files.filter((path) => !isReplaced(settings, path));
};

/** Whether a file of NetworkManager's names an address that is asked for, and no other forbids it. */
export const asksForConnectivity = (settings: Settings, path: string): boolean => {
  if (isReplaced(settings, path)) return false;
  if ((iniValue(settings, path, "connectivity", "uri") ?? "") === "") return false;
  const enabled = inOrder(settings).flatMap(
    (one) => iniValue(settings, one, "connectivity", "enabled") ?? [],
  );
  return !isNo(enabled.at(-1));
};
