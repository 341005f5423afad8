/**
 * What root keeps in the image: enough to install packages and to make users. These are Podman's
 * default capabilities (containers.conf(5), `default_capabilities`), which are Docker's
 * (https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities) without
 * three:
 * - CAP_MKNOD: Docker lets containers make nodes because a device cgroup refuses to open them; the
 *   mounts of an image are nodev, and this is the second lock. Fifos, sockets and the whiteouts of
 *   overlays need no capability, and no distribution's package has had device nodes since devtmpfs.
 *   dracut complains that it cannot put some into an initramfs; the kernel brings /dev/console, and
 *   what starts there mounts devtmpfs before it needs the others.
 * - CAP_NET_RAW: a packet made by hand obeys no route, and routes are what keeps steps from the
 *   metadata service and from this machine.
 * - CAP_AUDIT_WRITE: the audit log is the machine's, whoever writes. Docker's containers need it
 *   because PAM fails without; here the filter of system calls makes the kernel look like one
 *   without audit, which PAM knows.
 *
 * Kept on purpose: CAP_SETFCAP, because packages run setcap and carry file capabilities;
 * CAP_SYS_CHROOT, because dpkg, ldconfig and postfix's scripts call chroot, which leads nowhere but
 * to the image; CAP_SETPCAP, because programs that give up capabilities need it: nothing can be
 * gained by it, for no_new_privs is set. That also means that sudo and su work from root only.
 */
export const capabilities = [
  ...["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID"],
  ...["CAP_SETUID", "CAP_SETPCAP", "CAP_SETFCAP", "CAP_SYS_CHROOT", "CAP_NET_BIND_SERVICE"],
] as const;
