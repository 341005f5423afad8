import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { contentOf } from "../../../agent/inventory/content.ts";
import { masked } from "../../../agent/inventory/secret/masked.ts";
import { sightingsIn } from "../../../agent/inventory/secret/scan.ts";
import { findSecrets } from "../../../agent/inventory/secrets.ts";
import { noOwners } from "./files-of.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import type { Leaf } from "../../support/tree.ts";
import type { Inventory } from "../../../core/inventory.ts";
import { facts, said } from "../../core/policy/facts.ts";
import { filesOf } from "./files-of.ts";
import { rootMadeBy } from "./taken.ts";

const seenIn = (text: string) => sightingsIn(Buffer.from(text));

const secretsOf = async (leaves: Record<string, Leaf>, isShipped = false) => {
  await using made = await filesOf(leaves);
  const owners = { ...noOwners, isShipped: () => isShipped };
  return findSecrets({ files: made.files, seen: made.seen, owners });
};

/** What stands for a token: made here, so that none is in the repository. */
const letters = (length: number): string =>
  randomBytes(4 * length)
    .toString("base64")
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .slice(0, length);

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** As GitHub and npm make them: thirty characters, and their checksum. */
const withChecksum = (prefix: string): string => {
  const body = letters(30);
  let sum = "";
  for (let left = crc32(body), place = 0; place < 6; place++, left = Math.floor(left / 62)) {
    sum = `${digits[left % 62]}${sum}`;
  }
  return `${prefix}${body}${sum}`;
};

const sshKey = async (options: string[] = []): Promise<[text: string, fingerprint: string]> => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", path, ...options]);
  const said = execFileSync("ssh-keygen", ["-l", "-f", `${path}.pub`], { encoding: "utf8" });
  return [execFileSync("cat", [path], { encoding: "utf8" }), said.split(" ")[1] ?? ""];
};

describe("a private key", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const passphrase = { cipher: "aes-256-cbc", passphrase: "x", format: "pem" } as const;

  test.each([
    ["PKCS #8", pair.privateKey.export({ type: "pkcs8", format: "pem" }), false],
    ["EC", pair.privateKey.export({ type: "sec1", format: "pem" }), false],
    ["RSA", rsa.privateKey.export({ type: "pkcs1", format: "pem" }), false],
    ["RSA", rsa.privateKey.export({ type: "pkcs1", ...passphrase }), true],
    ["PKCS #8", rsa.privateKey.export({ type: "pkcs8", ...passphrase }), true],
  ])("of %s is told by a digest, and whether it is encrypted", (kind, pem, encrypted) => {
    const text = `# mine\n${String(pem)}`;
    expect(seenIn(text)).toEqual([
      {
        kind: "private-key",
        encrypted,
        line: 2,
        shown: expect.stringContaining(`${kind} key, sha256 `),
      },
    ]);
    // in JSON, as Google's service accounts have it, and in a program
    expect(seenIn(JSON.stringify({ private_key: pem }))).toHaveLength(1);
    expect(seenIn(text.replaceAll("\n", "\r\n"))).toHaveLength(1);
  });

  test.each([
    [[], false],
    [["-N", "secret"], true],
  ] as const)(
    "of OpenSSH is told by the fingerprint that ssh-keygen shows (%j)",
    async (options, encrypted) => {
      const [text, fingerprint] = await sshKey([...options]);
      const shown = `SSH key, ${fingerprint}`;
      expect(seenIn(text)).toEqual([{ kind: "private-key", encrypted, line: 1, shown }]);
    },
  );

  const password = { cipher: "aes-256-cbc", passphrase: "horse" };
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const curve = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const edwards = generateKeyPairSync("ed25519");

  test.each([
    ["PKCS #8", false, edwards.privateKey.export({ type: "pkcs8", format: "der" })],
    ["PKCS #8", false, privateKey.export({ type: "pkcs8", format: "der" })],
    ["PKCS #8", true, curve.export({ type: "pkcs8", format: "der", ...password })],
    ["PKCS #1", false, privateKey.export({ type: "pkcs1", format: "der" })],
    ["SEC 1", false, curve.export({ type: "sec1", format: "der" })],
  ] as const)("as DER's bytes is a file as a whole (%s, encrypted: %j)", (form, encrypted, der) => {
    const shown = expect.stringMatching(new RegExp(`^${form} key, sha256 [0-9a-f]{16}$`));
    expect(sightingsIn(der)).toEqual([{ kind: "private-key", encrypted, shown }]);
    for (let cut = 0; cut < der.length; cut++)
      expect(sightingsIn(der.subarray(0, cut))).toEqual([]);
  });

  test("is not what DER has beside: public keys, and what goes on behind", () => {
    for (const der of [
      edwards.publicKey.export({ type: "spki", format: "der" }),
      createPublicKey(privateKey).export({ type: "pkcs1", format: "der" }),
      Buffer.concat([privateKey.export({ type: "pkcs8", format: "der" }), Buffer.alloc(9)]),
    ]) {
      expect(sightingsIn(der)).toEqual([]);
    }
  });

  test("of PuTTY is told by its public key", () => {
    const blob = randomBytes(51);
    const text = `PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: aes256-cbc\r\nComment: x\r\nPublic-Lines: 1\r\n${blob.toString("base64")}\r\nPrivate-Lines: 1\r\n${letters(48)}\r\n`;
    const digest = createHash("sha256").update(blob).digest("base64").replace("=", "");
    const shown = `PuTTY key, SHA256:${digest}`;
    expect(seenIn(text)).toEqual([{ kind: "private-key", encrypted: true, line: 1, shown }]);
  });

  test("of OpenPGP is told", () => {
    const body = randomBytes(300).toString("base64").replaceAll(/.{64}/g, "$&\n");
    const text = `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n${body}\n=${letters(4)}\n-----END PGP PRIVATE KEY BLOCK-----\n`;
    const shown = expect.stringContaining("OpenPGP key");
    expect(seenIn(text)).toEqual([{ kind: "private-key", line: 1, shown }]);
  });

  test.each([
    pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----",
    `-----BEGIN PRIVATE KEY-----\n${"A".repeat(400)}\n-----END PRIVATE KEY-----`,
    `if (line === "-----BEGIN PRIVATE KEY-----") return "-----END PRIVATE KEY-----";`,
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----",
  ])("is not what only looks like one: %j", (text) => {
    expect(seenIn(text)).toEqual([]);
  });
});

describe("tokens", () => {
  const genuine = {
    GitHub: [
      withChecksum("ghp_"),
      withChecksum("gho_"),
      `github_pat_${letters(22)}_${letters(59)}`,
    ],
    npm: [withChecksum("npm_")],
    GitLab: [`glpat-${letters(20)}`],
    Slack: [`xoxb-123456789012-1234567890123-${letters(24)}`],
    Stripe: [`sk_live_${letters(24)}`],
    PyPI: [`pypi-AgEIcHlwaS5vcmc${letters(80)}`],
    DigitalOcean: [`dop_v1_${randomBytes(32).toString("hex")}`],
    Docker: [`dckr_pat_${letters(27)}`],
    Vault: [`hvs.${letters(95)}`],
  };
  const all = Object.entries(genuine).flatMap(([name, tokens]) =>
    tokens.map((token): [string, string] => [name, token]),
  );

  test.each(all)("of %s are found by their form, and not shown", (name, token) => {
    const [one, ...others] = seenIn(`{\n  "token": "${token}",\n}`);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ kind: "token", line: 2 });
    expect(one?.shown).toMatch(new RegExp(`^${name} .{4}… \\(sha256 [0-9a-f]{12}\\)$`));
    expect(masked(`run --with ${token} now`)).toBe(`run --with ${token.slice(0, 4)}… now`);
  });

  test("with a wrong checksum, of one letter, or within a word are none", () => {
    const token = withChecksum("ghp_");
    const other = `${token.slice(0, 10)}${token[10] === "a" ? "b" : "a"}${token.slice(11)}`;
    for (const text of [other, `glpat-${"x".repeat(20)}`, `my${token}`]) {
      expect(seenIn(text)).toEqual([]);
    }
  });
});

describe("an AWS access key", () => {
  const id = ["AKIA", "Z7QXJ2WMPL5RTNVB"].join("");
  const secret = `${letters(38)}a1`.replace(/^../, "Bc");

  test("is one with its secret beside it", () => {
    const text = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`;
    const [one, ...others] = seenIn(text);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ kind: "aws-access-key", line: 2 });
    expect(one?.shown).toMatch(/^AKIA… \(sha256 [0-9a-f]{12}\)$/);
  });

  test.each([
    ["a file of variables", `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`],
    ["a shell's profile", `export AWS_ACCESS_KEY_ID="${id}" AWS_SECRET_ACCESS_KEY='${secret}'`],
    ["a unit", `Environment=AWS_ACCESS_KEY_ID=${id} AWS_SECRET_ACCESS_KEY=${secret}`],
    ["JSON", JSON.stringify({ AccessKeyId: id, SecretAccessKey: secret })],
    ["YAML", `access_key: ${id}\nsecret_key: ${secret}`],
    ["a URL", `s3://${id}:${secret}@bucket`],
  ])("is one as %s has it", (_, text) => {
    expect(seenIn(text)).toMatchObject([{ kind: "aws-access-key" }]);
  });

  test("is none without it, nor in Amazon's manuals", () => {
    const manual = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    for (const text of [
      id,
      `AKIAIOSFODNN7EXAMPLE ${secret}`,
      `${id} ${manual}`,
      `x${id} ${secret}`,
    ]) {
      expect(seenIn(text)).toEqual([]);
    }
  });
});

test("a file that has a NUL near its beginning is not searched", () => {
  expect(seenIn(`\0${withChecksum("ghp_")}`)).toEqual([]);
});

test("a file full of beginnings takes no time to speak of, and tells twenty at most", () => {
  const parts = [
    "-----BEGIN PRIVATE KEY-----\n",
    "PuTTY-User-Key-File-3: x\n",
    "AKIA ",
    "ghp_ ",
    "xoxb-a-",
  ];
  for (const part of parts) {
    const bytes = Buffer.alloc(1024 ** 2, part);
    const began = process.cpuUsage();
    expect(sightingsIn(bytes)).toEqual([]);
    expect(process.cpuUsage(began).user, part).toBeLessThan(4e6);
  }
  const many = Array.from({ length: 50 }, () => withChecksum("ghp_"));
  expect(seenIn(many.join("\n"))).toHaveLength(20);
});

describe("in places that are known", () => {
  const hash = `$y$j9T$${letters(22)}$${letters(43)}`;

  test("passwords that let somebody in are told by account, never by hash", async () => {
    const shadow = `root:${hash}:1::\nlocked:!${hash}:1::\nnone:*:1::\nopen::1::\nnew:!:1::\nold:${letters(13)}:1::\n`;
    const found = await secretsOf({
      "/etc/shadow": shadow,
      "/etc/passwd": "root:x:0:0::/root:/bin/sh\nin:abJnggxhB/yWI:1:1::/:/bin/sh\n",
      "/etc/gshadow": "adm:*::\nopen:::\n",
      "/home/x/etc/shadow": shadow,
    });
    expect(found.map(({ kind, path, line, shown }) => [kind, path, line, shown])).toEqual([
      ["password-hash", "/etc/passwd", 2, "in (crypt)"],
      ["password-hash", "/etc/shadow", 1, "root ($y$)"],
      ["password", "/etc/shadow", 4, "open needs no password"],
      ["password-hash", "/etc/shadow", 6, "old (crypt)"],
    ]);
    expect(JSON.stringify(found)).not.toContain(hash.slice(10, 20));
  });

  test("authorized keys are told as ssh-keygen does, with their options", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", path]);
    const key = execFileSync("cat", [`${path}.pub`], { encoding: "utf8" }).trim();
    const [, print] = execFileSync("ssh-keygen", ["-lf", path], { encoding: "utf8" }).split(" ");
    const found = await secretsOf({
      "/root/.ssh/authorized_keys": `# comment ${key}\ncommand="x y" ${key}`,
      "/root/.ssh/known_hosts": `host ${key}`,
    });
    expect(found).toEqual([
      {
        ...{ kind: "authorized-key", path: "/root/.ssh/authorized_keys", line: 2 },
        ...{ shown: `ecdsa-sha2-nistp256 ${print}`, shipped: false },
      },
    ]);
  });

  const password = "hunter22-of-mine";
  const auth = Buffer.from(`me:${password}`).toString("base64");

  test.each<[string, string, string]>([
    [
      "/root/.aws/credentials",
      `[x]\naws_secret_access_key=${password.repeat(3)}`,
      "cloud-credentials",
    ],
    [
      "/root/.config/gcloud/application_default_credentials.json",
      `{\n"refresh_token": "${password}"}`,
      "cloud-credentials",
    ],
    ["/root/.azure/msal_token_cache.json", `{}`, "cloud-credentials"],
    ["/home/a/.kube/config", `users:\n- token: ${password}`, "cloud-credentials"],
    ["/home/a/.netrc", `machine x\nlogin me password ${password}`, "password"],
    ["/etc/apt/auth.conf.d/own.conf", `machine x\n login me password ${password}`, "password"],
    ["/root/.npmrc", `x=1\n//registry.example.org/:_authToken=${password}`, "token"],
    ["/root/.pypirc", `[pypi]\npassword = ${password}`, "password"],
    ["/root/.docker/config.json", `{"auths":{"x":{\n"auth": "${auth}"}}}`, "cloud-credentials"],
    ["/root/.git-credentials", `\nhttps://me:${password}@example.org`, "password"],
    [
      "/srv/app/.git/config",
      `[remote "origin"]\nurl = https://me:${password}@example.org/x`,
      "password",
    ],
    [
      "/etc/apt/sources.list.d/own.list",
      `#\ndeb https://me:${password}@deb.example.org/ x main`,
      "password",
    ],
    [
      "/etc/yum.repos.d/own.repo",
      `[x]\nbaseurl=https://me:${password}@rpm.example.org/`,
      "password",
    ],
    ["/etc/apk/repositories", `#\nhttps://me:${password}@apk.example.org/`, "password"],
    ["/etc/pip.conf", `[global]\nindex-url = https://me:${password}@pypi.example.org/`, "password"],
    ["/root/.pgpass", `#\nhost:5432:db:me:${password}`, "password"],
    ["/root/.my.cnf", `[client]\npassword="${password}"`, "password"],
    ["/etc/wireguard/wg0.conf", `[Interface]\nPrivateKey = ${letters(43)}=`, "private-key"],
    ["/root/.bash_history", `ls\nmysql -u root -p${password} db`, "password"],
    ["/home/a/.zsh_history", `x\n: 1:0;export DB_PASSWORD=${password}`, "password"],
  ])("%s is looked at, and tells no secret", async (path, text, kind) => {
    const found = await secretsOf({ [path]: text });
    expect(found).toEqual([expect.objectContaining({ kind, path })]);
    if (text !== "{}") expect(found[0]?.line).toBe(2);
    expect(JSON.stringify(found)).not.toContain(password);
    expect(JSON.stringify(found)).not.toContain(auth);
  });

  test("what is only a place for a secret is none", async () => {
    const found = await secretsOf({
      "/root/.npmrc": "//registry.example.org/:_authToken=${NPM_TOKEN}\n",
      "/root/.netrc": "machine x login y password <password>\n",
      "/etc/apt/sources.list": "deb http://deb.debian.org/debian bookworm main\n",
      "/root/.bash_history": "mysql --port 3306\necho $PASSWORD\nssh-keygen -t rsa\n",
      "/root/.docker/config.json": '{"auths":{"x":{}},"credsStore":"pass"}',
      "/etc/shadow": "root:*:1::\nsshd:!:1::\n",
    });
    expect(found).toEqual([]);
  });

  test("what a package ships says so", async () => {
    const token = withChecksum("npm_");
    expect(await secretsOf({ "/usr/share/doc/x": token }, true)).toEqual([
      expect.objectContaining({ path: "/usr/share/doc/x", shipped: true }),
    ]);
  });

  test("links out of the image are not followed", async () => {
    expect(
      await secretsOf({
        "/etc/shadow": { link: "../../../../../../etc/hosts" },
        "/root/.netrc": { link: "/etc/hosts" },
        "/root/.pgpass": { special: "fifo" },
      }),
    ).toEqual([]);
  });
});

const filler = (length: number) => "it is text, as people write it;\n".repeat(length / 32);

describe("a large file", () => {
  const size = 3 * 1024 ** 2;
  const part = 128 * 1024;

  test.each([0, part - 40, part - 1, part, 2 * part - 900, 10 * part - 33 * 1024, size - 200])(
    "is searched all over: a key and a token at %d",
    async (at) => {
      const pem = generateKeyPairSync("ed25519").privateKey.export({
        type: "pkcs8",
        format: "pem",
      });
      const before = `${filler(at - (at % 32))}${"x".repeat(at % 32)}\n`;
      const token = withChecksum("ghp_");
      const text = `${before}${String(pem)}${token}\n${filler(size)}`;
      await using folder = await temporaryFolder();
      const path = join(folder.path, "large");
      await writeFile(path, text);
      const content = contentOf(path, text.length, "md5");
      expect(content).toEqual({
        sha256: createHash("sha256").update(text).digest("hex"),
        asked: `md5:${createHash("md5").update(text).digest("hex")}`,
        sightings: seenIn(text),
      });
      const kinds = content.sightings?.map(({ kind, line }) => [kind, line]);
      const line = before.split("\n").length;
      expect(kinds).toEqual([
        ["private-key", line],
        ["token", line + 3],
      ]);
    },
  );

  test("of accounts is told not to be looked at whole, so that nothing is passed that is in the rest", async () => {
    await using made = await rootMadeBy(`
      mkdir -p "$ROOT/root/.ssh"; head -c 4194304 /dev/zero | tr '\\0' '\\n' > "$ROOT/root/.ssh/authorized_keys"
      echo ssh-ed25519 ${"A".repeat(60)} >> "$ROOT/root/.ssh/authorized_keys"`);
    const inventory = await made.take();
    const reason = "it is too large to look at all of it";
    expect(inventory.problems).toEqual([
      { section: "secrets", path: "/root/.ssh/authorized_keys", reason },
    ]);
    const { problems = [] } = inventory;
    for (const rule of ["secrets", "authorized_keys"]) {
      expect(said(rule, facts({ problems })).status).toBe("fail");
    }
  });

  test("of keys is told all of, and each key once", async () => {
    const keys = Array.from({ length: 300 }, (_, index) => {
      const body = Buffer.alloc(51, index % 256);
      body.writeUInt16BE(index);
      return `ssh-ed25519 ${body.toString("base64")}`;
    });
    const text = [...keys, ...keys].join("\n");
    expect(await secretsOf({ "/root/.ssh/authorized_keys": text })).toHaveLength(300);
  });
});

const letsIn = ({ secrets = [] }: Inventory) =>
  secrets.map(({ path, line, shown }) => [path, line, shown.split(" ")[0]]);

describe("who is let in", () => {
  const key = `ssh-ed25519 ${Buffer.alloc(51, 7).toString("base64")}`;

  test("is looked for where the image's sshd looks, through links and in files that it includes", async () => {
    await using made = await rootMadeBy(`
      cd "$ROOT"; mkdir -p etc/ssh/sshd_config.d etc/more srv/keys home/bird/.ssh root/.ssh
      printf 'root:x:0:0::/root:/bin/sh\\nbird:x:1:1::/home/bird:/bin/sh\\nghost:x:2:2::/nowhere:/bin/sh\\n' > etc/passwd
      printf 'Include /etc/ssh/sshd_config.d/*.conf\\nInclude "/etc/more/*.txt"\\n' > etc/ssh/sshd_config
      echo 'AuthorizedKeysFile /etc/keys/%u .ssh/mine' > etc/ssh/sshd_config.d/1.conf
      printf 'Match User bird\\n  authorizedkeysfile %%h/k\\n' > etc/more/b.txt
      ln -s ../srv/keys etc/keys; ln -s k-2 home/bird/k
      for file in srv/keys/ghost home/bird/.ssh/mine home/bird/k-2 root/.ssh/authorized_keys srv/keys/nobody; do
        echo '${key}' > $file; done`);
    expect(letsIn(await made.take())).toEqual([
      ["/home/bird/.ssh/mine", 1, "ssh-ed25519"],
      ["/home/bird/k-2", 1, "ssh-ed25519"],
      ["/root/.ssh/authorized_keys", 1, "ssh-ed25519"],
      ["/srv/keys/ghost", 1, "ssh-ed25519"],
    ]);
  });

  const unit = "usr/lib/systemd/system/ssh.service";
  const dropIn = "etc/systemd/system/ssh.service.d/x.conf";
  const debian =
    "[Service]\nEnvironmentFile=-/etc/default/ssh\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n";
  const option = "-o AuthorizedKeysFile=/srv/hidden";

  const findsHidden = async (files: Record<string, string>) => {
    const write = Object.entries(files).map(
      ([path, text]) =>
        `mkdir -p "$(dirname ${path})"; base64 -d <<< ${Buffer.from(text).toString("base64")} > ${path}`,
    );
    await using made = await rootMadeBy(`
      cd "$ROOT"; mkdir -p usr/lib/systemd usr/sbin srv root; touch usr/lib/systemd/systemd usr/sbin/sshd
      ln -s ../../usr/sbin/sshd srv/daemon; echo '${key}' > srv/hidden; ${write.join("; ")}`);
    return letsIn(await made.take());
  };

  test.each<[string, Record<string, string>]>([
    ["the options in /etc/default", { "etc/default/ssh": `SSHD_OPTS="${option}"`, [unit]: debian }],
    ["a unit's command", { [unit]: `[Service]\nExecStart=/usr/sbin/sshd -D ${option}` }],
    [
      "a drop-in",
      { [unit]: debian, [dropIn]: `[Service]\nExecStart=\nExecStart=/srv/daemon -D ${option}` },
    ],
    [
      "a variable of a drop-in",
      { [unit]: debian, [dropIn]: `[Service]\nEnvironment='SSHD_OPTS=${option}' A=b` },
    ],
    [
      "a part of a word, with escapes",
      {
        [unit]:
          "[Service]\nEnvironment=FILE=/srv/hidden\nExecStart=-/usr/sbin/sshd -Do 'Authorized\\x4beysFile ${FILE}'",
      },
    ],
    [
      "a variable that systemd gives all",
      {
        [unit]: debian,
        "etc/systemd/system.conf.d/1.conf": `[Manager]\nDefaultEnvironment="SSHD_OPTS=${option}"`,
      },
    ],
    [
      "another file of variables",
      {
        [unit]: debian,
        [dropIn]: "[Service]\nEnvironmentFile=/etc/more/*.env",
        "etc/more/a.env": `SSHD_OPTS=${option}\n`,
      },
    ],
    [
      "another configuration",
      {
        "etc/systemd/system/helper@.service":
          "[Service]\nExecStart=/usr/sbin/sshd -if /etc/helper.cnf",
        "etc/helper.cnf": "Port 22\nAuthorizedKeysFile /srv/hidden",
      },
    ],
    [
      "a shell's command",
      { [unit]: `[Service]\nExecStart=/bin/sh -c 'exec /usr/sbin/sshd -D ${option}'` },
    ],
    ["the options of an init script", { "etc/conf.d/sshd": `export SSHD_OPTS='${option}'` }],
    [
      "the configuration of an init script",
      { "etc/conf.d/sshd": 'cfgfile="/etc/x"', "etc/x": "AuthorizedKeysFile /srv/hidden" },
    ],
    [
      "files that are included by a pattern of folders",
      {
        "etc/ssh/sshd_config": "Include /[e]t?/m*/keys",
        "etc/more/keys": "AuthorizedKeysFile /srv/hidden",
      },
    ],
    ["whose keys sign others", { "etc/ssh/sshd_config": "TrustedUserCAKeys /srv/hidden" }],
  ])("is looked for by %s", async (_, files) => {
    expect(await findsHidden(files)).toEqual([["/srv/hidden", 1, "ssh-ed25519"]]);
  });

  test.each<[string, Record<string, string>]>([
    [
      "a drop-in takes back",
      {
        [unit]: `[Service]\nExecStart=/usr/sbin/sshd ${option}`,
        [dropIn]: "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D",
      },
    ],
    [
      "another program has",
      { [unit]: `[Service]\nExecStart=/usr/sbin/other ${option}`, "usr/sbin/other": "x" },
    ],
    [
      "a unit of systemd's hides",
      {
        [unit]: `[Service]\nExecStart=/usr/sbin/sshd ${option}`,
        "etc/systemd/system/ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D",
      },
    ],
  ])("is not looked for by options that %s", async (_, files) => {
    expect(await findsHidden(files)).toEqual([]);
  });

  test("by a program in a unit's options is told with the unit's file, once", async () => {
    await using made = await rootMadeBy(`
      cd "$ROOT"; mkdir -p usr/lib/systemd/system etc/default; touch usr/lib/systemd/systemd
      printf '${debian.replaceAll("\n", "\\n")}' > ${unit}
      printf '# options\\nSSHD_OPTS="-oAuthorizedKeysCommand=/usr/bin/ask"\\n' > etc/default/ssh`);
    expect((await made.take()).secrets).toMatchObject([
      { path: "/etc/default/ssh", line: 2, shown: "AuthorizedKeysCommand /usr/bin/ask" },
    ]);
  });

  test("by a program is told with it, unless it is none", async () => {
    await using made = await rootMadeBy(`
      cd "$ROOT"; mkdir -p etc/ssh
      printf '# AuthorizedKeysCommand /x\\nAuthorizedKeysCommand /usr/bin/curl -u a:hunter22 https://example.org/%%u\\nMatch all\\n AuthorizedKeysCommand none\\n' > etc/ssh/sshd_config`);
    const { secrets = [] } = await made.take();
    expect(secrets).toMatchObject([{ path: "/etc/ssh/sshd_config", line: 2, shipped: false }]);
    expect(secrets[0]?.shown).toMatch(/^AuthorizedKeysCommand \/usr\/bin\/curl /);
    expect(secrets[0]?.shown).not.toContain("hunter22");
  });
});
