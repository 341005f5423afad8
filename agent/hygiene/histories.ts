import { homesOf } from "./homes.ts";
import { removeNamedIn } from "./remove.ts";

/** What shells and other interactive programs write down of what was typed. */
const histories = [
  ...[".bash_history", ".bash_history-*", ".sh_history", ".ash_history", ".ksh_history"],
  ...[".mksh_history", ".zsh_history", ".zhistory", ".histfile", ".history", ".tcsh_history"],
  ...[".python_history", ".node_repl_history", ".irb_history", ".rediscli_history"],
  ...[".mysql_history", ".mariadb_history", ".psql_history", ".sqlite_history", ".dbshell"],
  ...[".lesshst", ".viminfo", ".wget-hsts"],
];

/** Some keep theirs in folders below the home. */
const deeper = {
  ".local/share/fish": ["fish_history"],
  ".local/share/nano": ["search_history"],
  ".local/state/bash": ["history"],
  ".local/state/zsh": ["history"],
  ".config/fish": ["fish_history"],
  ".cache": ["lesshst", "*_history"],
};

export const removeHistories = async (root: string): Promise<void> => {
  const homes = [...new Set((await homesOf(root)).map(({ folder }) => folder))];
  await removeNamedIn(root, homes, ...histories);
  for (const [below, names] of Object.entries(deeper)) {
    const folders = homes.map((folder) => `${folder}/${below}`);
    await removeNamedIn(root, folders, ...names);
  }
};
