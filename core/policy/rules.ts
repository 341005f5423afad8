import { isWithin } from "./capable.ts";
import { allowing, atMost, choice, listing, oneOf, type Setting } from "./setting.ts";
import { usualCapabilities, usualSetuid } from "./usual-privileges.ts";

/** From the least strict. */
const modes = ["report", "enforce"] as const;
export type Mode = (typeof modes)[number];

/** As bad as that, or worse; `any` counts also what nobody has rated. */
const severities = ["never", "critical", "high", "medium", "low", "any"] as const;
export type From = (typeof severities)[number];

const rule = <Settings extends object>(mode: Mode, about: string, settings: Settings) => ({
  about,
  settings: {
    mode: oneOf(modes, mode, "Whether an image that fails is rejected, or only told of."),
    ...settings,
  },
});

/**
 * The rules and what holds of them when nobody says otherwise: an image made of a distribution's
 * own packages passes, and what somebody who got at it would add does not.
 */
export const rules = {
  owners: rule("enforce", "Stock images are of known owners.", {
    allowed: allowing([], "Accounts or EC2's aliases; those of `origins.owners` when left out."),
    images: allowing([], "Ids that are allowed whoever owns them; those of `origins.images`."),
  }),
  providers: rule("enforce", "Stock images are of providers that AWS vouches for.", {
    allowed: allowing(["*"], "EC2's aliases, as in [amazon, aws-marketplace]; * is none needed."),
  }),
  allowed_amis: rule("enforce", "Stock images fit the account's Allowed AMIs.", {}),
  deprecated: rule("report", "No stock image was deprecated by its owner.", {}),
  visibility: rule("enforce", "Stock images are shared with whom they should be.", {
    wanted: choice(["any", "public", "private"], "any", "Whether they are public."),
  }),
  origin_age: rule("report", "Stock images are not too old.", {
    most: atMost(365, "days", "Days since the image was made; null is without limit."),
  }),
  pinned: rule("enforce", "What the image started from is known by id and by digest.", {}),
  parent_statement: rule("enforce", "The statement of an own parent is verified.", {}),
  parent_disk: rule("enforce", "Nobody changed the disk of an own parent.", {
    allowed: allowing([], "Paths, and names of parts of the disk, that may be changed."),
  }),
  readable: rule("enforce", "All files and package databases could be read.", {
    allowed: allowing([], "Paths that need not be."),
  }),
  vulnerabilities: rule("enforce", "There are no vulnerabilities as bad as that.", {
    fixable: oneOf(severities, "high", "From which severity, where a fixed version is there."),
    unfixable: oneOf(severities, "never", "From which severity, where there is none."),
  }),
  known_exploited: rule("enforce", "No vulnerability is known to be used in attacks.", {}),
  packages: rule("enforce", "Denied packages are not there.", {
    denied: listing(
      ["telnetd", "inetutils-telnetd", "telnet-server", "rsh-server", "rsh-redone-server"],
      "Names of packages, of the distribution and of languages.",
    ),
  }),
  services: rule("enforce", "Denied services are not enabled.", {
    denied: listing(
      ["telnet.socket", "rsh.socket", "rlogin.socket", "rexec.socket"],
      "Names of units, or paths of crontabs.",
    ),
  }),
  repositories: rule("enforce", "Packages come from allowed repositories, and only signed.", {
    allowed: allowing(["*"], "URLs."),
  }),
  signed_packages: rule("enforce", "Packages that can be signed are, by a key of the image's.", {
    allowed: allowing([], "Names of packages that need not be."),
  }),
  tampered: rule("enforce", "Files are as their packages shipped them.", {
    allowed: allowing([], "Paths that need not be."),
  }),
  secrets: rule("enforce", "There are no private keys, credentials and passwords.", {
    allowed: allowing([], "Paths that may hold some."),
  }),
  authorized_keys: rule("enforce", "Nobody is let in by a key that the recipe does not name.", {
    allowed: allowing(
      [],
      "Keys by their fingerprints, SHA256:…, and programs that sshd asks for keys by their paths.",
    ),
  }),
  world_writable: rule(
    "enforce",
    "Not everybody can write to a file, nor others by an access list.",
    {
      allowed: allowing([], "Paths to which everybody may, and whom an access list names."),
    },
  ),
  setuid: rule("enforce", "What runs as another user is a package's, and known to.", {
    allowed: allowing(usualSetuid, "Paths; those of well-known programs when left out."),
  }),
  capabilities: rule("enforce", "What runs with capabilities is known to.", {
    allowed: allowing(
      usualCapabilities,
      "Paths, each alone or with the very set, as in '/usr/bin/ping: cap_net_raw+ep'; those of well-known programs when left out.",
      isWithin,
    ),
  }),
  kernel_modules: rule("enforce", "Kernel modules were built with their kernel.", {
    allowed: allowing([], "Paths of those that need not be."),
  }),
  telemetry: rule("report", "Nothing sends data to its maker.", {
    allowed: allowing([], "Names of what may."),
  }),
  licences: rule("enforce", "Packages of denied licences are not there.", {
    denied: listing([], "Licences, as the packages name them."),
  }),
  size: rule("enforce", "The image is not too large.", {
    most: atMost(null, "GiB", "GiB in use in its file systems; null is without limit."),
  }),
  step_cache: rule("enforce", "The bake resumed from no disk, if none may be resumed from.", {
    resume: oneOf(
      ["allowed", "denied"],
      "allowed",
      "Whether a bake may begin with a disk that an earlier one kept after its steps.",
    ),
  }),
  required_steps: rule("enforce", "The recipe has the steps that it must have.", {
    names: listing([], "Names of steps, each a pattern that one step at least must fit."),
  }),
} as const;

export type RuleName = keyof typeof rules;
export const ruleNames = Object.keys(rules) as RuleName[];

type ValueOf<S> = S extends Setting<infer Value> ? Value : never;

/** What each rule is told. */
export type RuleSettings = {
  [Rule in RuleName]: {
    [Name in keyof (typeof rules)[Rule]["settings"]]: ValueOf<
      (typeof rules)[Rule]["settings"][Name]
    >;
  };
};
