import type { Secret } from "../../inventory/found/secret.ts";
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
  return { of: path, says: `${place} holds ${words[kind]} (${shown})` };
};

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
      const against = keys.filter(({ shown }) => {
        const fingerprint = /SHA256:[A-Za-z0-9+/]+/.exec(shown)?.[0] ?? shown;
        return !asked.has(fingerprint) && !fits(fingerprint, allowed);
      });
      return {
        against: against.map(itemOf),
        looked: keys.length === 0 ? "nobody has one" : "all are of users that the recipe makes",
        seen: keys.map(itemOf),
        remedy: "remove it, or name it in a users step's ssh_authorized_keys",
      };
    }),
};
