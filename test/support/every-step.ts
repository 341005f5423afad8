/** Steps of every kind: each reads and writes other files of the image. */
export const everyStep = [
  { shell: "echo done > /var/done; cat /etc/resolv.conf > /dev/null" },
  {
    files: [
      { path: "/etc/app.conf", content: "setting\n" },
      { path: "/var/lib/app/deep/data", content: "data\n", owner: "bird" },
      { path: "/tmp/file", content: "temporary\n" },
    ],
  },
  { users: [{ name: "wren", groups: ["flock"], ssh_authorized_keys: ["ssh-ed25519 AAAA wren"] }] },
  { services: { enable: ["app.service"] } },
  { packages: { install: ["app"] } },
  { shell: "echo again > /var/again" },
];

/** An apt-get that only writes down how it was called: for the small image, which has none. */
export const aptGet =
  "printf '#!/bin/sh\\necho apt-get \"$@\" >> /var/called\\n' > usr/bin/apt-get; chmod 755 usr/bin/apt-get";
