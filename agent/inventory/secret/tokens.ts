import { crc32 } from "node:zlib";

/** Tokens of a service that can be told by how they are written. */
export interface TokenForm {
  /** Whose. */
  name: string;
  /** Where it begins, one of which stands in each. */
  begins: readonly string[];
  /** The whole, from there on. */
  form: RegExp;
  isGenuine(token: string): boolean;
}

/** Told by nothing but chance that it is not `xxxxxxxx` of a manual. */
const isVaried = (token: string): boolean => new Set(token).size >= 12 && !/x{6}|0{8}/i.test(token);

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * The last six characters are a CRC-32 of what is before them, without the prefix, in base 62:
 * https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
const hasChecksum = (token: string): boolean => {
  const body = token.slice(token.indexOf("_") + 1);
  let text = "";
  for (let left = crc32(body.slice(0, -6)); left > 0; left = Math.floor(left / 62)) {
    text = `${digits[left % 62]}${text}`;
  }
  return text.padStart(6, "0") === body.slice(-6);
};

/** GitHub's longer tokens have other forms; those of 36 characters have a checksum. */
const isGitHub = (token: string): boolean =>
  token.length === 40 ? hasChecksum(token) : isVaried(token);

const form = (
  name: string,
  begins: string | readonly string[],
  rest: RegExp,
  isGenuine = isVaried,
): TokenForm => ({ name, begins: [begins].flat(), form: new RegExp(rest, "y"), isGenuine });

/**
 * Prefixes as their makers publish them. Not here: what has no prefix, and Google's API keys
 * (`AIza`), which name a project and are part of programs that anybody may have.
 */
export const tokenForms: readonly TokenForm[] = [
  form("GitHub", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], /gh[pousr]_\w{36,251}/, isGitHub),
  form("GitHub", "github_pat_", /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/),
  form(
    "GitLab",
    ["glpat-", "glrt-", "gldt-", "glptt-", "glcbt-", "glsoat-", "glft-", "glimt-", "glagent-"],
    /gl[a-z]{2,5}-[\w-]{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7,9})?/,
  ),
  form(
    "Slack",
    ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xapp-"],
    /(?:xox[abeprs]|xapp)[-.](?:[0-9A-Za-z.]{1,}-){1,5}[0-9A-Za-z]{24,250}/,
  ),
  form(
    "Slack",
    "hooks.slack.com/services/T",
    /hooks\.slack\.com\/services\/T\w{8,12}\/B\w{8,12}\/\w{24}/,
  ),
  form("Stripe", ["sk_live_", "rk_live_"], /[sr]k_live_[0-9A-Za-z]{24,250}/),
  form("npm", "npm_", /npm_[A-Za-z0-9]{36}/, hasChecksum),
  form("PyPI", "pypi-AgEIcHlwaS5vcmc", /pypi-AgEIcHlwaS5vcmc[\w-]{50,1000}/),
  form("Anthropic", "sk-ant-", /sk-ant-[a-z]+[0-9]{2}-[\w-]{80,200}/),
  form(
    "OpenAI",
    ["sk-proj-", "sk-svcacct-"],
    /sk-(?:proj|svcacct)-[\w-]{20,200}T3BlbkFJ[\w-]{20,200}/,
  ),
  form("DigitalOcean", ["dop_v1_", "doo_v1_", "dor_v1_"], /do[opr]_v1_[0-9a-f]{64}/),
  form("Vault", ["hvs.", "hvb."], /hv[sb]\.[\w-]{90,300}/),
  form("Docker", "dckr_pat_", /dckr_pat_[\w-]{27}/),
  form("Tailscale", "tskey-", /tskey-[a-z]+-\w{8,20}-\w{20,40}/),
  form("age", "AGE-SECRET-KEY-1", /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/),
];
