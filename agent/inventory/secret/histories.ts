import { mostInFile, type Sighting } from "./sighting.ts";

/** What shells and clients of databases write down of what was typed. */
export const historyFiles =
  /\/(?:\.(?:bash|sh|ash|ksh|mksh|zsh|python|mysql|mariadb|psql|rediscli|node_repl)_history|\.zhistory|\.histfile|\.history|fish_history)$/;

/** Passwords where programs take them in their arguments, or shells in the environment. */
export const typedSecrets: readonly [what: string, RegExp][] = [
  ["--password", /\s--?(?:password|passwd|pass|token|secret)(?:=|\s+)["']?([^\s"'$-][^\s"']{3,})/i],
  ["a variable", /\b[A-Z_]*(?:PASSWORD|PASSWD|SECRET|TOKEN)[A-Z_]*=["']?([^\s"'$]{4,})/],
  ["curl", /\bcurl\b[^|;]{0,200}\s(?:-u|--user)\s+["']?[^\s:"']+:([^\s"'$]{3,})/],
  ["a MySQL client", /\b(?:mysql|mysqldump|mariadb|mysqladmin)\b[^|;]{0,200}\s-p([^\s"'$]{3,})/],
  ["sshpass", /\bsshpass\s+-p\s*["']?([^\s"'$]{3,})/],
  ["a URL", /:\/\/[^\s/:@]{0,100}:([^\s/@$]{3,})@/],
  ["SQL", /\bIDENTIFIED\s+BY\s+(?:PASSWORD\s+)?["']([^"']{3,})/i],
];

/** Passwords in lines that were typed; only where each is given is shown. */
export const historySightings = (text: string): Sighting[] => {
  const found: Sighting[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const one = typedSecrets.find(([, pattern]) => pattern.test(line.slice(0, longestLine)));
    if (one === undefined) continue;
    found.push({ kind: "password", line: index + 1, shown: `typed for ${one[0]}` });
    if (found.length === mostInFile) break;
  }
  return found;
};

const longestLine = 1000;
