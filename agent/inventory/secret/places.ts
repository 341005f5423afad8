import type { Sighting } from "./sighting.ts";

type Kind = Sighting["kind"];

/** A file that is known for what it may hold, by its path. */
export interface SecretPlace {
  path: RegExp;
  kind: Kind;
  /** What is in it, for people. */
  what: string;
  /** A line that holds a secret, the first group; absent when the file as a whole is one. */
  line?: RegExp;
}

/** A password in a URL: what is between the name's colon and the host's `@`. */
const inUrl = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{0,100}:([^\s/@"'<>]{1,200})@/;

const place = (path: RegExp, kind: Kind, what: string, line?: RegExp): SecretPlace => ({
  ...{ path, kind, what },
  ...(line !== undefined && { line }),
});

const quoted = (names: string): RegExp => new RegExp(`"(?:${names})"\\s*:\\s*"([^"]{4,})"`);

/**
 * Where programs keep what lets them in elsewhere. The table of a program is its manual's: names
 * of files, and of the settings in them.
 */
export const secretPlaces: readonly SecretPlace[] = [
  place(
    /\/\.aws\/(?:credentials|config)$/,
    "cloud-credentials",
    "AWS secret access key",
    /^\s*aws_secret_access_key\s*=\s*(\S{20,})/,
  ),
  place(
    /\/\.aws\/(?:sso|cli)\/cache\/[^/]+\.json$/,
    "cloud-credentials",
    "AWS session",
    quoted("accessToken|SecretAccessKey|clientSecret"),
  ),
  place(
    /\/(?:application_default_credentials|legacy_credentials\/[^/]+\/adc)\.json$/,
    "cloud-credentials",
    "Google credentials",
    quoted("refresh_token|private_key|client_secret"),
  ),
  place(
    /\/(?:\.config\/)?gcloud\/(?:credentials|access_tokens)\.db$/,
    "cloud-credentials",
    "Google credentials",
  ),
  place(
    /\/\.azure\/(?:accessTokens\.json|msal_token_cache\.(?:json|bin)|service_principal_entries\.(?:json|bin))$/,
    "cloud-credentials",
    "Azure credentials",
  ),
  place(
    /\/(?:\.kube\/config|etc\/kubernetes\/[^/]+\.(?:conf|kubeconfig)|etc\/rancher\/[^/]+\/[^/]+\.yaml)$/,
    "cloud-credentials",
    "Kubernetes credentials",
    /^[\s-]*(?:client-key-data|token|password|"?id-token"?|refresh-token):\s*["']?([^\s"']{4,})/,
  ),
  place(/\/(?:\.netrc|\.authinfo)$/, "password", "password", /\bpassword\s+(\S+)/),
  place(/\/etc\/apt\/auth\.conf(?:\.d\/[^/]+)?$/, "password", "password", /\bpassword\s+(\S+)/),
  place(
    /\/(?:\.npmrc|etc\/npmrc|\.yarnrc\.yml)$/,
    "token",
    "npm token",
    /(?:^|:|\s)(?:_authToken|_auth|_password|npmAuthToken|npmAuthIdent)\s*[=:]\s*["']?(?!\$\{)([^\s"']{4,})/,
  ),
  place(/\/\.pypirc$/, "password", "PyPI password", /^\s*password\s*[=:]\s*(\S+)/),
  place(
    /\/\.gem\/credentials$/,
    "token",
    "RubyGems key",
    /^\s*:[\w-]+:\s*["']?((?:rubygems_)?[0-9a-f]{32,})/,
  ),
  place(
    /\/(?:\.docker\/config\.json|\.dockercfg|containers\/auth\.json|var\/lib\/kubelet\/config\.json)$/,
    "cloud-credentials",
    "registry credentials",
    quoted("auth|identitytoken|registrytoken"),
  ),
  place(/\/(?:\.git-credentials|git\/credentials)$/, "password", "password", inUrl),
  place(/\/(?:\.git\/config|\.gitconfig|etc\/gitconfig)$/, "password", "password", inUrl),
  place(
    /\/(?:\.config\/gh\/hosts\.yml|\.config\/hub)$/,
    "token",
    "GitHub token",
    /^\s*oauth_token:\s*["']?(\S{20,})/,
  ),
  place(
    /\/etc\/(?:apt\/(?:sources\.list|apt\.conf)(?:\.d\/[^/]+)?|apk\/repositories|(?:yum|dnf\/dnf|zypp\/zypp)\.conf|(?:yum\.repos\.d|zypp\/repos\.d|dnf\/[^/]+)\/[^/]+)$/,
    "password",
    "password",
    inUrl,
  ),
  place(
    /\/etc\/(?:yum\.repos\.d\/[^/]+|zypp\/[^/]+\/[^/]+|yum\.conf|dnf\/dnf\.conf)$/,
    "password",
    "password",
    /^\s*(?:proxy_)?password\s*=\s*(\S+)/,
  ),
  place(
    /\/(?:pip\.conf|\.condarc|uv\.toml|\.gemrc|\.bundle\/config|etc\/environment|etc\/profile\.d\/[^/]+|\.wgetrc|etc\/wgetrc|\.curlrc)$/,
    "password",
    "password",
    inUrl,
  ),
  place(/\/\.pgpass$/, "password", "password", /^[^#\s][^:]*:[^:]*:[^:]*:[^:]*:(.+)$/),
  place(
    /\/(?:\.my\.cnf|\.mylogin\.cnf|etc\/mysql\/debian\.cnf)$/,
    "password",
    "password",
    /^\s*password\s*=\s*["']?([^\s"']+)/,
  ),
  place(/\/etc\/fstab$/, "password", "password", /^[^#]*[\s,]pass(?:word)?=([^\s,]+)/),
  place(
    /\/etc\/(?:NetworkManager\/system-connections\/[^/]+|wpa_supplicant\/[^/]+\.conf)$/,
    "password",
    "network key",
    /^\s*(?:psk|password|wep-key[0-3]|private-key-password)\s*=\s*"?([^\s"]+)/,
  ),
  place(
    /\/etc\/wireguard\/[^/]+\.conf$/,
    "private-key",
    "WireGuard key",
    /^\s*(?:PrivateKey|PresharedKey)\s*=\s*([A-Za-z0-9+/]{43}=)/,
  ),
];
