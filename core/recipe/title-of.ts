/** What a command without a name is called: its first line, as it is a line of a report. */
export const titleOf = (command: string): string => {
  const line = command.trim().split("\n", 1).join("").slice(0, 100);
  return line.replaceAll(/\p{Cc}/gu, " "); // a tab, or what drives terminals
};
