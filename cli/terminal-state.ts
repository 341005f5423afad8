import { spawnSync } from "node:child_process";

/**
 * Puts our terminal back as it was when the scope ends: a program on it may have been killed before
 * it could do so itself.
 */
export const terminalState = (): Disposable => {
  const saved = stty("--save").stdout.trim();
  return {
    [Symbol.dispose]() {
      if (saved !== "") stty(saved);
    },
  };
};

const stty = (word: string) =>
  spawnSync("stty", [word], { stdio: ["inherit", "pipe", "ignore"], encoding: "utf8" });
