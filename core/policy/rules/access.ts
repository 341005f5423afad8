import { keyCommand, type Secret } from "../../inventory/found/secret.ts";
import { shownName } from "../../inventory/names.ts";
import { fits } from "../../pattern.ts";
import { lookAt } from "../facts.ts";
import type { Looks } from "../looks.ts";
import type { Item } from "../verdict.ts";

const words: Record<Secret["kind"], string> = {
  "private-key": "a private key",
  "aws-access-key": "an access key of AWS's",
  "cloud-credentials": "credentials of a cloud",
  token: "a token",
  "password-hash": "a password's hash",
  password: "a password",
  "authorized-key": "a key that lets somebody in",
};

const itemOf = ({ kind, path, line, shown }: Secret): Item => {
  const place = line === undefined ? shownName(path) : `${shownName(path)}:${line}`;
  if (isCommand(shown)) {
    return { of: programOf(shown), says: `${place} has a program say who is let in: ${shown}` };
  }
  return { of: path, says: `${place} holds ${words[kind]} (${shown})` };
};

const isCommand = (shown: string): boolean => shown.startsWith(`${keyCommand} `);

const programOf = (shown: string): string => shown.split(" ")[1] ?? "";

/**
 * EC2 Instance Connect's on Amazon Linux and on Ubuntu, Google's OS Login, and SSSD's; they ask
 * whom the machine's owner lets in. With parameters other than sshd's tokens they might ask others.
 */
const usualCommands =
  /^AuthorizedKeysCommand (?:\/opt\/aws\/bin\/eic_run_authorized_keys|\/usr\/share\/ec2-instance-connect\/eic_run_authorized_keys|\/usr\/bin\/google_authorized_keys(?:_sk)?|\/usr\/bin\/sss_ssh_authorizedkeys)(?: %[A-Za-z])*$/;

/** What a policy allows a key by: its fingerprint, or the program that tells it. */
const nameOf = (shown: string): string =>
  isCommand(shown) ? programOf(shown) : (/SHA256:[A-Za-z0-9+/]+/.exec(shown)?.[0] ?? shown);

export const accessLooks: Looks<"secrets" | "authorized_keys"> = {
  secrets: ({ allowed }, facts) =>
    lookAt(facts, ["secrets"], ({ secrets }) => ({
      against: secrets
        .filter(({ kind, shipped, path }) => {
          return kind !== "authorized-key" && !shipped && !fits(path, allowed);
        })
        .map(itemOf),
      looked: "none was found",
      remedy: "remove it; a step reads its secrets at /run/secrets, which is never on the disk",
    })),
  authorized_keys: ({ allowed }, facts) =>
    lookAt(facts, ["secrets"], ({ secrets }) => {
      const keys = secrets.filter(({ kind }) => kind === "authorized-key");
      const asked = new Set(facts.recipe.keys);
      const against = keys.filter(({ shown, shipped }) => {
        if (shipped && usualCommands.test(shown)) return false;
        const name = nameOf(shown);
        return !asked.has(name) && !fits(name, allowed);
      });
      return {
        against: against.map(itemOf),
        looked:
          keys.length === 0 ? "nobody has one" : "all are of users that the recipe makes, or known",
        seen: keys.map(itemOf),
        remedy: "remove it, or name it in a users step's ssh_authorized_keys",
      };
    }),
};
