import type { Distribution } from "../../core/inventory.ts";
import type { Software } from "../../core/sbom/software.ts";

/* Distributions and packages in which there is something to find. */

const made = (kind: Software["kind"], name: string, version: string, from?: string): Software => {
  const [source, sourceVersion = version] = (from ?? "").split(" ");
  return {
    kind,
    name,
    version,
    ...(source && { source: { name: source, version: sourceVersion } }),
  };
};

export const bookworm: Distribution = { id: "debian", version: "12", codename: "bookworm" };
export const jammy: Distribution = { id: "ubuntu", version: "22.04", codename: "jammy" };
export const alpine: Distribution = { id: "alpine", version: "3.19.1" };
export const rocky: Distribution = { id: "rocky", version: "9.4" };
export const alma: Distribution = { id: "almalinux", version: "9.4" };
export const amazon: Distribution = { id: "amzn", version: "2023" };

export const libc = made("dpkg", "libc6", "2.36-9+deb12u1", "glibc");
export const libcBin = made("dpkg", "libc-bin", "2.36-9+deb12u1", "glibc");
export const fixedLibc = made("dpkg", "libc6", "2.36-9+deb12u9", "glibc");
export const server = made("dpkg", "openssh-server", "1:9.2p1-2+deb12u2", "openssh");
export const kernel = made(
  ...(["dpkg", "linux-image-6.1.0-17-amd64", "6.1.69-1"] as const),
  "linux-signed-amd64 6.1.69+1",
);
export const ubuntuLibc = made("dpkg", "libc6", "2.35-0ubuntu3.1", "glibc");
export const client = made("apk", "ssl_client", "1.36.1-r15", "busybox");
export const rpmServer = made("rpm", "openssh-server", "8.7p1-38.el9", "openssh");
export const nodejs = made("rpm", "nodejs", "1:16.20.2-3.el9_2", "nodejs");
export const moduleNodejs = made(
  ...(["rpm", "nodejs", "1:18.18.2-2.module_el9.3.0+59+abc", "nodejs"] as const),
);
export const oldLodash = made("npm", "lodash", "4.17.20");
export const newLodash = made("npm", "lodash", "4.17.21");
export const oldRequests = made("pypi", "Requests", "2.30.0");
export const newRequests = made("pypi", "requests", "2.31.0");
