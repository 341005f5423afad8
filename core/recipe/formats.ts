import { pattern } from "./shape.ts";

// No path goes up: what a recipe names stays in the image, or in the recipe's own folder.
const noDotDot = String.raw`(?!(?:.*/)?\.\.(?:/|$))`;

export const RecipeName = pattern(
  // 27 characters, as a bake's id is the name, 16 hex digits and an attempt in at most 48.
  /^(?=.{1,27}$)[a-z0-9](?:-?[a-z0-9])*$/,
  'a name is 1 to 27 lower-case letters, digits and single hyphens, as in "web-server"',
);

export const ParameterName = pattern(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'a parameter\'s name is letters, digits and underscores, as in "APP_VERSION"',
);

/** What shells, the linker, libraries and interpreters take from their environment. */
const reserved = [
  ...["PATH", "HOME", "SHELL", "PWD", "OLDPWD", "IFS", "ENV", "CDPATH", "GLOBIGNORE", "PS4"],
  ...["BASH_ENV", "BASHOPTS", "SHELLOPTS", "POSIXLY_CORRECT", "TMPDIR", "APT_CONFIG"],
  ...["LD_[A-Z0-9_]+", "DPKG_[A-Z0-9_]+", "GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH"],
  ...["PYTHON(?:PATH|HOME|STARTUP)", "PERL5?LIB", "PERL5OPT", "RUBY(?:LIB|OPT)"],
  ...["NODE_(?:OPTIONS|PATH)", "JAVA_TOOL_OPTIONS"],
].join("|");

/** A parameter that a recipe declares: steps have it in their environment. */
export const DeclaredName = ParameterName.regex(new RegExp(`^(?!(?:${reserved})$)`), {
  error:
    'steps have parameters as environment variables, and this one tells programs what to do; choose another name, as in "APP_PATH"',
});

export const VariableName = pattern(
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'a variable\'s name is letters, digits and underscores, as in "LC_ALL"',
);

/**
 * A parameter of Systems Manager, by its path. `/aws/…` is AWS's own.
 * Source: PutParameter's `Name`, https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export const ParameterPath = pattern(
  /^(?!\/aws\/)(?:\/[A-Za-z0-9_.-]+){1,15}$/,
  'a parameter is named by its whole path, as in "/ovenbird/prod/secrets/token"',
);

/** A secret of Secrets Manager, by its name: the characters that CreateSecret takes. */
export const StoredSecretName = pattern(
  /^[A-Za-z0-9/_+=.@-]{1,512}$/,
  'a secret is named as in Secrets Manager, as in "ovenbird/prod/token"',
);

/** A path in the image. */
export const AbsolutePath = pattern(
  new RegExp(String.raw`^/${noDotDot}\P{Cc}*$`, "u"),
  'a path in the image begins with "/" and has no "..", as in "/etc/motd"',
);

/** A path of the builder; `otherwise` says what a path beside the recipe would be written as. */
export const hostPath = (otherwise: string) =>
  pattern(
    new RegExp(String.raw`^/${noDotDot}\P{Cc}+$`, "u"),
    `a path of the builder begins with "/" and has no ".."; ${otherwise}`,
  );

/** A path in the recipe's own folder. */
export const BundlePath = pattern(
  new RegExp(String.raw`^(?!/)${noDotDot}\P{Cc}+$`, "u"),
  'a path in the recipe\'s own folder has no leading "/" and no "..", as in "files/motd"',
);

// Never the recipe's own folder: all of the playbook's is shown to Ansible.
const noDot = String.raw`(?!(?:.*/)?\.(?:/|$))`;

/** A playbook, in a folder beside the recipe. */
export const PlaybookPath = pattern(
  new RegExp(String.raw`^(?!/)${noDotDot}${noDot}\P{Cc}*[^/\p{Cc}]/[^/\p{Cc}]+$`, "u"),
  'a playbook lies in a folder beside the recipe, which Ansible sees all of: "ansible/playbook.yaml"',
);

/** A folder beside the recipe; no address, as `https://…` or `git@host:…`. */
export const RepositoryPath = pattern(
  new RegExp(String.raw`^(?!/)(?![^/]*:)${noDotDot}${noDot}\P{Cc}+$`, "u"),
  'it is a folder beside the recipe, as in "ansible": clone a repository there, as a git submodule',
);

/** A group of Ansible's inventory. */
export const GroupName = pattern(
  /^(?!(?:all|ungrouped)$)[A-Za-z_][A-Za-z0-9_-]*$/,
  'a group is letters, digits, "_" and "-", as in "appserver"; everything is in "all" anyway',
);

/** A tag of Ansible's. */
export const AnsibleTag = pattern(
  /^[^\s,\p{Cc}-][^,\p{Cc}]*$/u,
  'a tag is text without a comma, and begins with no hyphen, as in "install"',
);

// Never a leading "-": apt would read it as an option.
export const PackageName = pattern(
  /^[a-zA-Z0-9][a-zA-Z0-9+._:~=@/-]*$/,
  'a package is named as apt names it, as in "nginx" or "nginx=1.26.3-3"',
);

export const AssetName = pattern(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  'an asset\'s name is at most 100 letters, digits, ".", "_" and "-", as in "app.tar.gz"',
);

export const Sha256 = pattern(
  /^sha256:[0-9a-f]{64}$/,
  "a digest is sha256: and 64 hexadecimal digits, as sha256sum prints them",
);

export const Suite = pattern(
  /^[a-z][a-z0-9-]*$/,
  'a suite is a release\'s code name, as in "trixie" or "noble"',
);

export const MirrorUrl = pattern(
  /^(?:https?|file):\/\/[^\s]+$/,
  'a mirror is an http, https or file URL, as in "https://deb.debian.org/debian"',
);

export const ServiceName = pattern(
  /^[a-zA-Z0-9][a-zA-Z0-9@._:\\-]*$/,
  'a service is named as systemd names it, as in "nginx" or "backup.timer"',
);

export const UserName = pattern(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  'a name is 1 to 32 lower-case letters, digits, "_" and "-", as in "deploy"',
);

/** A user or group: its name, or its number as text. */
export const Owner = pattern(
  /^(?:[a-z_][a-z0-9_-]{0,31}|[0-9]{1,10})$/,
  'write a name, or a number in quotes, as in "www-data" or "33"',
);

export const Mode = pattern(
  /^[0-7]{3,4}$/,
  'write three or four octal digits in quotes, as in mode: "0644"',
);

export const UserComment = pattern(
  /^[^:\p{Cc}]*$/u,
  'a comment is one line without ":", as in "Deployment robot"',
);

/** Text on one line, shown to people. */
export const Title = pattern(/^\P{Cc}{1,100}$/u, "write one line of 1 to 100 characters");

export const AuthorizedKey = pattern(
  /^[^\s\p{Cc}][^\p{Cc}]*$/u,
  'write one public key on one line, as in "ssh-ed25519 AAAA… name"',
);
