import type { Buffer } from "node:buffer";

/** In the order of their numbers: include/uapi/linux/capability.h of Linux 6.12. */
const names = [
  ...["chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid"],
  ...["setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw"],
  ...["ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct"],
  ...["sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod"],
  ...["lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog"],
  ...["wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"],
];

/** Bytes by revision: `struct vfs_cap_data` and `struct vfs_ns_cap_data` of the same header. */
const sizes = new Map([
  [1, 12],
  [2, 20],
  [3, 24],
]);

/**
 * What a value of `security.capability` gives a program, in the words of cap_to_text(3):
 * `cap_net_raw+ep`, `cap_chown+ei cap_kill+ep`, `=` for none. With ` [rootid=N]`, when it is of a
 * user namespace. Undefined for what the kernel takes for no capabilities.
 */
export const capabilitiesText = (value: Buffer): string | undefined => {
  const magic = value.length >= 4 ? value.readUInt32LE(0) : 0;
  const revision = magic >>> 24;
  if (sizes.get(revision) !== value.length) return undefined;
  const words = revision === 1 ? 1 : 2;
  const has = (set: number, number: number) =>
    number < words * 32 &&
    (value.readUInt32LE(4 + 8 * Math.floor(number / 32) + 4 * set) >>> (number % 32)) % 2 === 1;
  const byFlags = Map.groupBy(
    Array.from({ length: 64 }, (_, number) => number),
    (number) => flagsOf(has(0, number), has(1, number), magic % 2 === 1),
  );
  byFlags.delete("");
  const text = [...byFlags].map(([flags, some]) => `${some.map(nameOf).join(",")}+${flags}`);
  const root = revision === 3 ? ` [rootid=${value.readUInt32LE(20)}]` : "";
  return `${text.length === 0 ? "=" : text.join(" ")}${root}`;
};

const nameOf = (number: number): string => `cap_${names[number] ?? number}`;

const flagsOf = (permitted: boolean, inheritable: boolean, effective: boolean): string => {
  if (!permitted && !inheritable) return "";
  return `${effective ? "e" : ""}${inheritable ? "i" : ""}${permitted ? "p" : ""}`;
};
