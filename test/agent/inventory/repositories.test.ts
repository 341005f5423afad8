import { describe, expect, test } from "vitest";
import { parseAptConfig } from "../../../agent/inventory/repositories/apt-config.ts";
import { readRepositories } from "../../../agent/inventory/repositories/read.ts";
import { rootMadeBy } from "./taken.ts";

const found = async (script: string) => {
  await using made = await rootMadeBy(`cd "$ROOT"; ${script}`);
  return await readRepositories(made.root, { id: "fedora", version: "40" });
};

/** Makes a key, in a file. */
const key = (path: string, armour = "") => `
  mkdir -p "$(dirname ${path})" && mkdir -m 700 -p ../gpg && export GNUPGHOME=$PWD/../gpg
  gpg --batch --quiet --passphrase '' --quick-gen-key "oven@example.org" ed25519 sign never 2> /dev/null
  gpg ${armour} --export > ${path}; gpgconf --kill gpg-agent
`;

describe("sources of apt", () => {
  test("are told with what turns off their signatures, and without passwords", async () => {
    const { repositories, problems } = await found(`mkdir -p etc/apt/sources.list.d
      printf '%s\\n' '# deb http://off.example.org x main' \\
        'deb http://deb.example.org/debian bookworm main contrib # all' \\
        'deb [ arch=amd64 trusted=yes ] https://me:secret@evil.example.org/ ./' \\
        'deb-src http://deb.example.org/debian bookworm main' > etc/apt/sources.list
      printf '%s\\n' 'Types: deb deb-src' 'URIs: http://a.example.org' ' http://b.example.org' \\
        'Suites: trixie' 'Components: main' 'Allow-Insecure: yes' 'Check-Valid-Until: no' '' '# x' \\
        'Enabled: no' 'Types: deb' 'URIs: http://c.example.org' 'Suites: sid' > etc/apt/sources.list.d/x.sources
      echo 'deb http://ignored x main' > etc/apt/sources.list.d/x.list.bak`);
    expect(problems).toEqual([]);
    expect(
      repositories.map(({ line, urls, name, enabled, signatures, because, expired }) => [
        ...[line, urls.join(" "), name, enabled, signatures, because, expired],
      ]),
    ).toEqual([
      [
        2,
        "http://deb.example.org/debian",
        "bookworm main contrib",
        true,
        true,
        undefined,
        undefined,
      ],
      [3, "https://evil.example.org/", "./", true, false, "[trusted=yes]", undefined],
      [
        1,
        "http://a.example.org http://b.example.org",
        "trixie main",
        true,
        false,
        "Allow-Insecure: yes",
        "Check-Valid-Until: no",
      ],
      [10, "http://c.example.org", "sid", false, true, undefined, undefined],
    ]);
  });

  test("have no signatures where apt is told to do without, wherever that is written", async () => {
    const { repositories } = await found(`mkdir -p etc/apt/apt.conf.d
      echo 'deb http://deb.example.org x main' > etc/apt/sources.list
      printf 'APT { // x\\n  Get { /* y */\\n  AllowUnauthenticated "true"; }; };\\n' > etc/apt/apt.conf.d/99x`);
    const because = 'APT::Get::AllowUnauthenticated "true" in /etc/apt/apt.conf.d/99x, line 3';
    expect(repositories).toEqual([expect.objectContaining({ signatures: false, because })]);
  });

  test("have the keys that may sign them, and any other that was added is listed", async () => {
    const { repositories, keys } = await found(`${key("etc/apt/trusted.gpg.d/added.asc", "--armor")}
      mkdir -p usr/share/keyrings; gpg --export > usr/share/keyrings/own.gpg; gpgconf --kill gpg-agent
      printf '%s\\n' 'deb [signed-by=/usr/share/keyrings/own.gpg] http://deb.example.org x main' \\
        'deb http://deb.example.org y main' > etc/apt/sources.list
      mkdir etc/apt/sources.list.d
      (printf 'Types: deb\\nURIs: http://z\\nSuites: z\\nSigned-By:\\n'; sed 's/^$/./; s/^/ /' etc/apt/trusted.gpg.d/added.asc) \\
        > etc/apt/sources.list.d/z.sources`);
    const [one] = keys;
    expect(one?.names).toEqual(["oven@example.org"]);
    expect(keys.map(({ path }) => path)).toEqual([
      ...["/etc/apt/sources.list.d/z.sources", "/etc/apt/trusted.gpg.d/added.asc"],
      "/usr/share/keyrings/own.gpg",
    ]);
    expect(repositories.map((source) => source.keys)).toEqual([
      [one?.fingerprint],
      [],
      [one?.fingerprint],
    ]);
  });
});

test("repositories of dnf and zypper are told with what turns off their signatures", async () => {
  const { repositories, keys, certificates } = await found(`
    ${key("etc/pki/rpm-gpg/KEY-40-x86_64", "--armor")}
    mkdir -p etc/yum.repos.d etc/dnf/vars etc/zypp/repos.d; echo eu-west-1 > etc/dnf/vars/region
    printf '[main]\\ngpgcheck=1\\n' > etc/dnf/dnf.conf
    printf '%s\\n' '[base]' 'baseurl = https://\${region}.example.org/$releasever/$basearch/' \\
      'gpgkey=file:///etc/pki/rpm-gpg/KEY-$releasever-$basearch' '[open]' 'gpgcheck = 0' 'enabled=0' \\
      'mirrorlist=http://u:p@m/' '[signed]' 'gpgcheck=0' 'repo_gpgcheck=1' 'baseurl=http://a' '  http://b' > etc/yum.repos.d/x.repo
    printf '[oss]\\nbaseurl=http://oss\\n[off]\\ngpgcheck=0\\n' > etc/zypp/repos.d/x.repo`);
  expect(
    repositories.map(({ name, line, urls, enabled, signatures, because }) => [
      ...[name, line, urls.join(" "), enabled, signatures, because],
    ]),
  ).toEqual([
    ["base", 1, "https://eu-west-1.example.org/40/$basearch/", true, true, undefined],
    ["open", 4, "http://m/", false, false, "gpgcheck=0"],
    ["signed", 8, "http://a http://b", true, true, undefined],
    ["oss", 1, "http://oss", true, true, undefined],
    ["off", 3, "", true, false, "gpgcheck=0"],
  ]);
  expect(keys.map(({ path }) => path)).toEqual(["/etc/pki/rpm-gpg/KEY-40-x86_64"]);
  expect(repositories[0]?.keys).toEqual([keys[0]?.fingerprint]);
  expect(certificates).toHaveLength(1);
});

test("repositories of apk are told with their keys", async () => {
  const { repositories, keys, problems } = await found(`mkdir -p etc/apk/keys
    printf '%s\\n' '#http://off/x' 'https://dl.example.org/alpine/v3.20/main' '@edge http://u:p@dl/edge/main' > etc/apk/repositories
    openssl genrsa 2048 2> /dev/null | openssl rsa -pubout -out etc/apk/keys/oven@example.org-1.rsa.pub 2> /dev/null
    openssl pkey -pubin -in etc/apk/keys/*.pub -outform der | sha256sum | cut -c1-64 | tr a-f A-F > ../sum
    cp ../sum etc/apk/sum; echo garbage > etc/apk/keys/bad.rsa.pub; echo allow-untrusted > etc/apk/config`);
  expect(repositories.map(({ name, line, urls }) => [name, line, urls])).toEqual([
    ["v3.20/main", 2, ["https://dl.example.org/alpine/v3.20/main"]],
    ["edge", 3, ["http://dl/edge/main"]],
  ]);
  expect(repositories[0]).toMatchObject({ signatures: false, because: "allow-untrusted" });
  expect(keys.map(({ names }) => names)).toEqual([["oven@example.org-1"]]);
  expect(problems.map(({ path }) => path)).toEqual(["/etc/apk/keys/bad.rsa.pub"]);
});

test("hostile settings are named, or read in no time", async () => {
  const started = process.cpuUsage();
  const { problems } =
    await found(`mkdir -p etc/apt/apt.conf.d etc/apt/sources.list.d etc/yum.repos.d
    truncate -s 1T etc/apt/sources.list; mkfifo etc/apt/sources.list.d/a.list
    yes '/*' | tr -d '\\n' | head -c 4000000 > etc/apt/apt.conf.d/a
    yes '\\"' | tr -d '\\n' | head -c 4000000 > etc/apt/apt.conf.d/b
    yes '-----BEGIN PGP X-----' | head -c 4000000 > etc/apt/trusted.gpg
    (printf '[x]\\ngpgkey=x'; head -c 4000000 /dev/zero | tr '\\0' ' '; echo x) > etc/yum.repos.d/x.repo
    yes '{' | tr -d '\\n' | head -c 1000000 > etc/apt/apt.conf.d/c`);
  expect(problems.map(({ path }) => path)).toEqual([
    ...["/etc/apt/sources.list", "/etc/apt/sources.list.d/a.list", "/etc/apt/trusted.gpg"],
  ]);
  expect(process.cpuUsage(started).user).toBeLessThan(20e6);
});

test("options of apt are read in all its notations", () => {
  const text =
    'A::B "1"; c { d "2"; e { "x"; }; F::G "a;b"; }; # H "3";\n//I "4";\n/* J "5"; */ K:: "6";';
  expect([...parseAptConfig(text)].map(({ name, value }) => [name, value])).toEqual([
    ["a::b", "1"],
    ["c::d", "2"],
    ["c::f::g", "a;b"],
    ["k::", "6"],
  ]);
});
