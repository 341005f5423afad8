/*
 * Programs of distributions that run as another user than the one who starts them, or with more
 * than that one may. dpkg does not know modes, so that it cannot say which of its files are meant
 * to: whoever makes the interpreter of a language setuid changes nothing that dpkg would notice.
 * Those known of Debian, Ubuntu, Amazon Linux, Rocky and Alpine; not yet compared with every image
 * of theirs: one that is missing here is named by the policy, and can be waived.
 */

const programs = (folders: readonly string[], names: readonly string[]): string[] =>
  names.flatMap((name) => folders.map((folder) => `${folder}/${name}`));

const bin = ["/bin", "/usr/bin"];
const sbin = ["/sbin", "/usr/sbin"];
const lib = ["/usr/lib", "/usr/libexec"];

/** Paths of what is setuid or setgid in distributions. */
export const usualSetuid: string[] = [
  ...programs(bin, ["su", "mount", "umount", "fusermount", "fusermount3", "ntfs-3g", "bbsuid"]),
  ...programs(
    ["/usr/bin"],
    [
      ...["passwd", "chsh", "chfn", "gpasswd", "newgrp", "chage", "expiry", "sg", "newuidmap"],
      ...["newgidmap", "sudo", "sudo-rs", "sudoedit", "su-rs", "doas", "pkexec", "crontab", "at"],
      ...["wall", "write", "write.ul", "bsd-write", "ssh-agent", "locate", "mlocate", "plocate"],
      ...["bwrap", "screen", "staprun", "procmail", "lockfile", "dotlockfile", "mlock", "firejail"],
    ],
  ),
  ...programs(sbin, [
    "unix_chkpwd",
    "mount.nfs",
    "mount.nfs4",
    "mount.cifs",
    "pam_extrausers_chkpwd",
  ]),
  ...programs(
    ["/usr/sbin"],
    ["grub2-set-bootflag", "userhelper", "usernetctl", "pam_timestamp_check"],
  ),
  ...programs(["/usr/sbin"], ["exim4", "postdrop", "postqueue", "sendmail.sendmail", "pppd"]),
  ...programs(lib, [
    ...["openssh/ssh-keysign", "ssh-keysign", "dbus-1.0/dbus-daemon-launch-helper"],
    ...["dbus-daemon-launch-helper", "polkit-1/polkit-agent-helper-1", "utempter/utempter"],
    ...[
      "snapd/snap-confine",
      "landscape/apt-update",
      "xorg/Xorg.wrap",
      "mysql/plugin/auth_pam_tool",
    ],
    ...["sssd/krb5_child", "sssd/ldap_child", "sssd/proxy_child", "sssd/selinux_child"],
    ...["spice-gtk/spice-client-glib-usb-acl-helper", "qemu-bridge-helper", "cockpit-session"],
  ]),
  ...["/usr/lib/*-linux-gnu/utempter/utempter", "/usr/lib/polkit-1/polkit-agent-helper-1"],
  ...["/usr/libexec/dbus-1/dbus-daemon-launch-helper", "/usr/lib/eject/dmcrypt-get-device"],
];

/** Paths of what has capabilities in distributions. */
export const usualCapabilities: string[] = [
  ...programs(bin, ["ping", "arping"]),
  ...programs(sbin, ["arping", "clockdiff", "suexec"]),
  ...programs(
    ["/usr/bin"],
    ["clockdiff", "dumpcap", "fping", "mtr-packet", "newuidmap", "newgidmap"],
  ),
  ...programs(["/usr/bin"], ["rlogin", "rsh", "systemd-detect-virt", "gnome-keyring-daemon"]),
  ...programs(["/usr/sbin"], ["mtr-packet", "fping"]),
  ...["/usr/lib/*-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-ptp-helper"],
  ...programs(
    ["/usr/libexec"],
    ["gstreamer-1.0/gst-ptp-helper", "sssd/krb5_child", "sssd/ldap_child"],
  ),
  ...programs(["/usr/libexec"], ["sssd/sssd_pam", "sssd/selinux_child"]),
];
