import { typedSecrets } from "./histories.ts";
import { tokenForms } from "./tokens.ts";

/** Characters of a command that are kept: systemd and cron take longer ones, nobody reads them. */
const longest = 2000;

const forms = tokenForms.map(({ form }) => new RegExp(`\\b${form.source}`, "g"));
const typed = typedSecrets.map(([, { source, flags }]) => new RegExp(source, `${flags}g`));

/** A command as it is written, without the passwords and tokens that stand in it. */
export const masked = (command: string): string => {
  const short = command.length > longest ? `${command.slice(0, longest)}…` : command;
  const plain = forms.reduce(
    (text, form) => text.replaceAll(form, (token) => `${token.slice(0, 4)}…`),
    short,
  );
  return typed.reduce(
    (text, pattern) =>
      text.replaceAll(pattern, (all: string, secret: string) => all.replace(secret, () => "…")),
    plain,
  );
};
