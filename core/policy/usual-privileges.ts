/*
 * Programs of distributions that run as another user than the one who starts them, or with more
 * than that one may. dpkg does not know modes, so that it cannot say which of its files are meant
 * to: whoever makes the interpreter of a language setuid changes nothing that dpkg would notice.
 *
 * Debian's are those of its packages: the modes in them (`dpkg-deb -c`) and what their postinst
 * does (`chmod`, `dpkg-statoverride`, `setcap`), of 60 packages of Debian 12 and 31 of Debian 13 in
 * November 2026, and what `find -perm /6000` said of a Debian 13. The others', of Ubuntu, Amazon
 * Linux, Rocky and Alpine, were not compared with their packages: one that is missing here is named
 * by the policy, and can be allowed or waived. rpm knows modes and capabilities itself.
 */

/** Programs of Debian before and after /bin and /usr/bin became one; a package may have either. */
const anywhere = (...names: string[]): string[] =>
  names.flatMap((name) => [`/bin/${name}`, `/usr/bin/${name}`]);

const asRoot = (...names: string[]): string[] =>
  names.flatMap((name) => [`/sbin/${name}`, `/usr/sbin/${name}`]);

const within = (folder: string, ...names: string[]): string[] =>
  names.map((name) => `${folder}/${name}`);

const ptpHelper = "/usr/lib/*-linux-gnu/gstreamer1.0/gstreamer-1.0/gst-ptp-helper";

/** Where there is no setcap when they are installed, they are setuid: iputils, mtr, GStreamer. */
const capableOrSetuid = [
  ...anywhere("ping", "arping"),
  ...within("/usr/bin", "clockdiff", "fping", "mtr-packet"),
  ptpHelper,
];

const debianSetuid = [
  // mount, util-linux, fuse3, fuse, ntfs-3g, inetutils-ping
  ...anywhere("su", "mount", "umount", "fusermount", "fusermount3", "ntfs-3g", "ping6"),
  // passwd, login, uidmap, sudo, opendoas, pkexec
  ...within("/usr/bin", "passwd", "chsh", "chfn", "gpasswd", "newgrp", "chage", "expiry"),
  ...within("/usr/bin", "newuidmap", "newgidmap", "sudo", "doas", "pkexec"),
  "/usr/lib/cargo/bin/sudo", // sudo-rs
  "/usr/lib/polkit-1/polkit-agent-helper-1", // polkitd
  // cron, cronie, at, openssh-client, plocate, systemtap-runtime, firejail
  ...within("/usr/bin", "crontab", "at", "ssh-agent", "plocate", "staprun", "stapbpf", "firejail"),
  "/usr/lib/openssh/ssh-keysign",
  ...asRoot("unix_chkpwd", "mount.nfs", "mount.cifs"), // libpam-modules-bin, nfs-common, cifs-utils
  "/usr/lib/dbus-1.0/dbus-daemon-launch-helper", // dbus, dbus-daemon
  "/usr/lib/*-linux-gnu/utempter/utempter", // libutempter0
  "/usr/lib/snapd/snap-confine",
  "/usr/lib/xorg/Xorg.wrap", // xserver-xorg-legacy
  "/usr/lib/mysql/plugin/auth_pam_tool_dir/auth_pam_tool", // mariadb-server
  "/usr/lib/cockpit/cockpit-session", // cockpit-ws of Debian 12
  ...within("/usr/libexec/sssd", "krb5_child", "ldap_child", "selinux_child"),
  "/usr/libexec/spice-client-glib-usb-acl-helper",
  "/usr/lib/chromium/chrome-sandbox",
  ...within("/usr/lib/apache2", "suexec-pristine", "suexec-custom"),
  // mail: procmail, liblockfile-bin, exim4-daemon-light, postfix, sendmail-bin, dma, ssmtp; ppp
  ...within("/usr/bin", "procmail", "lockfile", "dotlockfile"),
  ...within("/usr/sbin", "exim4", "postdrop", "postqueue", "dma", "ssmtp", "pppd"),
  ...within("/usr/libexec/sendmail", "sendmail", "mailstats"),
  "/usr/lib/dma/dma-mbox-create",
];

/** Not compared with packages: older Debians, Ubuntu, Amazon Linux, Rocky, Alpine. */
const otherSetuid = [
  ...anywhere("bbsuid"),
  ...within("/usr/bin", "wall", "write", "write.ul", "bsd-write", "locate", "mlocate", "screen"),
  ...within("/usr/bin", "mlock", "sudo-rs", "su-rs"),
  ...asRoot("pam_extrausers_chkpwd", "mount.nfs4"),
  ...within("/usr/sbin", "grub2-set-bootflag", "userhelper", "usernetctl", "pam_timestamp_check"),
  ...within("/usr/sbin", "sendmail.sendmail"),
  "/usr/lib/landscape/apt-update",
  ...within("/usr/libexec", "openssh/ssh-keysign", "dbus-1/dbus-daemon-launch-helper"),
  ...within("/usr/libexec", "dbus-daemon-launch-helper", "utempter/utempter", "Xorg.wrap"),
  ...within("/usr/libexec", "qemu-bridge-helper", "cockpit-session", "sssd/proxy_child"),
  ...within("/usr/libexec", "spice-gtk-*/spice-client-glib-usb-acl-helper"),
];

/** Paths of what is setuid or setgid in distributions. */
export const usualSetuid: string[] = [...debianSetuid, ...capableOrSetuid, ...otherSetuid];

/** Programs that have the very set, as policies have it. */
const having = (set: string, ...paths: string[]): string[] =>
  paths.map((path) => `${path}: ${set}`);

/** What postinst has setcap set: where Debian 12 and 13 differ, what both do. */
const debianCapabilities = [
  ...having("cap_net_raw+ep", ...anywhere("ping", "arping")),
  ...having("cap_net_raw+ep", ...within("/usr/bin", "clockdiff", "fping", "mtr-packet")),
  ...having("cap_net_raw,cap_sys_nice+ep", "/usr/bin/clockdiff"), // 13
  ...having("cap_net_bind_service,cap_net_admin+ep", ptpHelper), // 12
  ...having("cap_net_bind_service,cap_net_admin,cap_sys_nice+ep", ptpHelper), // 13
  // wireshark-common, where it was asked for
  ...having("cap_net_admin,cap_net_raw+eip", "/usr/bin/dumpcap"),
];

/** Not compared with packages: Ubuntu's keyring, and those of Amazon Linux and Rocky. */
const otherCapabilities = [
  ...having("cap_net_raw+p", ...within("/usr/bin", "ping", "arping", "clockdiff")),
  ...having("cap_net_admin,cap_net_raw+p", "/usr/bin/ping"),
  ...having("cap_net_admin,cap_net_raw+ep", "/usr/bin/dumpcap"),
  ...within("/usr/bin", "gnome-keyring-daemon", "newuidmap", "newgidmap"),
  ...asRoot("arping", "clockdiff", "mtr-packet", "fping", "suexec"),
  ...within("/usr/libexec", "gstreamer-1.0/gst-ptp-helper", "sssd/krb5_child", "sssd/ldap_child"),
  ...within("/usr/libexec", "sssd/sssd_pam", "sssd/selinux_child"),
];

/** Paths of what has capabilities in distributions, with which, where that was looked up. */
export const usualCapabilities: string[] = [...debianCapabilities, ...otherCapabilities];
