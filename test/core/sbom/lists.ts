import type { Distribution } from "../../../core/inventory.ts";
import type { Software, SoftwareList } from "../../../core/sbom/software.ts";

export const bookworm: Distribution = {
  ...{ id: "debian", version: "12", codename: "bookworm", name: "Debian GNU/Linux 12 (bookworm)" },
};

const packages: Software[] = [
  {
    ...{ kind: "dpkg", name: "libssl3", version: "3.0.11-1~deb12u2", architecture: "amd64" },
    ...{ source: { name: "openssl", version: "3.0.11-1~deb12u2" }, licence: "Apache-2.0" },
  },
  {
    ...{ kind: "dpkg", name: "openssh-server", version: "1:9.2p1-2+deb12u2" },
    ...{ architecture: "amd64", licence: "Expat-netbsd and BSD-2-clause and odd" },
    source: { name: "openssh", version: "1:9.2p1-2+deb12u2" },
  },
  {
    ...{ kind: "dpkg", name: "perl-base", version: "5.36.0-7", architecture: "amd64" },
    ...{ licence: "GPL-1+ or Artistic, and Expat", state: "unpacked" },
  },
  { kind: "npm", name: "@babel/core", version: "7.24.0", licence: "MIT" },
  { kind: "npm", name: "@babel/core", version: "7.24.0", licence: "MIT" },
  { kind: "maven", name: "no-group", version: "1" },
];

export const debianList: SoftwareList = { name: "web", distribution: bookworm, packages };

export const alpineList: SoftwareList = {
  name: "small",
  distribution: { id: "alpine", version: "3.20.1" },
  packages: [
    {
      ...{ kind: "apk", name: "ssl_client", version: "1.36.1-r29", architecture: "x86_64" },
      ...{ source: { name: "busybox", version: "1.36.1-r29" }, licence: "GPL-2.0-only" },
    },
  ],
};

export const rockyList: SoftwareList = {
  name: "rocky",
  distribution: { id: "rocky", version: "9.4" },
  packages: [
    {
      ...{ kind: "rpm", name: "openssl-libs", version: "1:3.0.7-27.el9", architecture: "x86_64" },
      ...{ source: { name: "openssl", version: "3.0.7-27.el9" }, licence: "ASL 2.0" },
    },
  ],
};
