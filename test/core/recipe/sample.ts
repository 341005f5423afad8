import { InvalidRecipe, type Problem } from "../../../core/recipe/invalid-recipe.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";

type Set = Record<string, string>;

export const resolve = (text: string, set: Set = {}, environment: Set = {}) =>
  resolveRecipe(parseRecipe(text, "web.yaml"), { set, environment });

/** The problems of an `InvalidRecipe`. */
export const problemsOf = (text: string): readonly Problem[] => {
  try {
    resolve(text);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidRecipe)) throw error;
    return error.problems;
  }
};

/** What an `InvalidRecipe` says, a line a problem; "" when there is none. */
export const told = (run: () => unknown): string => {
  try {
    run();
    return "";
  } catch (error) {
    if (!(error instanceof InvalidRecipe)) throw error;
    return error.message;
  }
};

export const toldOf = (text: string, set: Set = {}, environment: Set = {}): string =>
  told(() => resolve(text, set, environment));

/** A recipe with these lines below `image:`, which begin on line 4. */
export const recipe = (...lines: string[]): string =>
  ["image:", "  name: web", "  origin: scratch", ...lines.map((line) => `  ${line}`), ""].join(
    "\n",
  );

/** Every key of a recipe. */
export const everything = `image:
  name: web-server
  description: serves \${APP}
  origin:
    scratch:
      distribution: ubuntu
      suite: noble
      packages: [openssh-server, "nginx=1.26.3-3"]
      mirror: https://mirror.example.org/ubuntu
  architecture: arm64
  root_volume_size: \${SIZE}
  file_system: xfs
  parameters:
    APP: { description: the application, default: shop }
    SIZE: { type: number, default: 12 }
    DEBUG: { type: boolean, default: false }
    NOTE: { required: false }
    TOKEN: { type: secret }
    KEY: { type: secret, from: { file: keys/key } }
    PASS: { type: secret, from: { environment: PASSWORD } }
  assets:
    app.tar.gz:
      url: https://example.org/\${APP}.tar.gz
      checksum: sha256:${"0a".repeat(32)}
    site: { source: files/site }
  configure:
    - name: base of \${APP}
      packages: { install: [nginx], remove: [nano], upgrade: true }
      timeout: 2h
    - packages: [curl]
    - shell: echo "\${APP}"
      when: { DEBUG: true }
    - shell:
        inline: [date, uptime]
        environment: { LC_ALL: C, OF: "\${APP}" }
        working_directory: /srv/\${APP}
        allowed_exit_codes: [0, 3]
      when: { DEBUG: { not: true }, APP: [shop, stall] }
    - shell: { script: scripts/setup }
    - files:
        - { path: /etc/motd, content: "Welcome to \${APP}, not $\${APP}\\n", mode: "0644" }
        - { path: /etc/app.conf, source: files/app.conf, template: true, owner: www-data, group: "33" }
        - { path: /srv/site, asset: site }
    - services: { enable: [nginx], disable: [cron], mask: [apt-daily.timer] }
    - users:
        - name: deploy
          uid: 1200
          group: deploy
          groups: [sudo]
          comment: Robot
          home: /home/deploy
          shell: /bin/bash
          system: false
          ssh_authorized_keys: [ssh-ed25519 AAAA deploy]
  host:
    copy_files: [/etc/ssl/certs/site.pem, { from: "/etc/\${APP}/netrc", to: /root/.netrc }]
    mounts:
      - { path: /mnt/packages, bind: "/srv/\${APP}" }
      - { path: /mnt/cache, bind: /var/cache/shop, writable: true }
      - { path: /mnt/scratch, tmpfs: 2G }
    before_mount: ['echo "\${APP}"']
    after_mount:
      - { name: "look for \${APP}", command: 'ls "\${OVENBIRD_ROOT}"', timeout: 90s }
  tests:
    - curl -f localhost
    - { name: runs, command: systemctl is-active nginx, timeout: 5m }
  tags: { Team: web, App: "\${APP}" }
`;
