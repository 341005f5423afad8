import { expect, test } from "vitest";
import { facts, policyOf, said } from "../../core/policy/facts.ts";
import { onDisk } from "./mounted-disk.ts";

/*
 * What setfacl(1) gives files of a real file system, what the kernel keeps of it, and what the
 * policy says.
 */

const script = String.raw`
  mkdir -p etc/cron.d home/bob srv/app var/spool/cron/crontabs var/www/html usr/bin root
  touch etc/passwd etc/group etc/shadow etc/fstab etc/hosts etc/issue etc/own
  touch home/bob/notes srv/app/cache var/spool/cron/crontabs/root usr/bin/many usr/bin/few
  chmod -R u=rwX,go=rX .
  setfacl -m u:1000:rw etc/passwd
  setfacl -m g:1000:rw,u:33:rw etc/group
  setfacl -m u:1000:r etc/shadow
  setfacl -m u:1000:rw,m::r etc/fstab
  setfacl -m o::rw etc/hosts
  setfacl -m u:0:rw,g:0:rw etc/issue
  chown 7 etc/own; setfacl -m u:7:rw etc/own
  setfacl -m u:1000:rw home/bob/notes srv/app/cache
  setfacl -m u:1000:rw var/spool/cron/crontabs/root
  setfacl -d -m u:1000:rwx etc/cron.d
  setfacl -d -m g:33:rwX var/www/html
  setfacl -d -m o::rwx srv/app
  chmod 1777 root; setfacl -m u:1000:rwx root
  setfacl -m "$(seq -f 'u:%.0f:rw' -s , 2000 2079)" usr/bin/many
  setfacl -m "$(seq -f 'u:%.0f:rw' -s , 2000 2004)" usr/bin/few
  take it`;

test.each(["ext4", "xfs", "btrfs"] as const)(
  "whom an access list lets write to the system is told, on %s",
  async (fileSystem) => {
    await using made = await onDisk({ size: 320, fileSystem, script });
    const { files, digest } = await made.inventory("it");
    const { status, evidence } = said("world_writable", facts({ files, digest }));
    expect(status).toBe("fail");
    const access = "by system.posix_acl_access";
    expect(evidence.map(({ says }) => says)).toEqual([
      "/etc/cron.d (0755): the user 1000 can write to what is made in it, by system.posix_acl_default",
      `/etc/group (0664): the user 33, the group 1000 can write to it, ${access}`,
      "/etc/hosts (0646): everybody can write to it",
      `/etc/passwd (0664): the user 1000 can write to it, ${access}`,
      `/root (1777): the user 1000 can write to it, ${access}`,
      "/srv/app (0755): everybody can write to what is made in it, by system.posix_acl_default",
      `/usr/bin/few (0664): the user 2000, the user 2001, the user 2002 and 2 more can write to it, ${access}`,
      "/usr/bin/many (0664): nobody can judge its system.posix_acl_access, too long or no list",
      `/var/spool/cron/crontabs/root (0664): the user 1000 can write to it, ${access}`,
    ]);
    const allowed = policyOf(
      "{ world_writable: { allowed: [/etc/*, /root, /srv/*, /usr/*, /var/*] } }",
    );
    expect(said("world_writable", facts({ files, digest }), allowed).status).toBe("pass");
  },
);

const xattrs = (hex: string) => ({ xattrs: { "system.posix_acl_access": `0x${hex}` } });

test("what a package ships is the system's, wherever it lies, and what is no list is not passed", () => {
  const file = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 0, size: 0 } as const;
  const list = xattrs("0200000002000600e8030000");
  const files = [
    { ...file, ...list, path: "/opt/a", package: "a" },
    { ...file, ...list, path: "/opt/b" },
    { ...file, ...xattrs("ff"), path: "/etc/c" },
    { ...file, ...xattrs("ff"), path: "/opt/d" },
  ];
  const { evidence } = said("world_writable", facts({ files }));
  expect(evidence.map(({ of }) => of)).toEqual(["/opt/a", "/etc/c"]);
});

test("of an inventory without attributes it is not said that access lists let nobody write", () => {
  const { status, says } = said("world_writable", facts({ digest: undefined }));
  expect(status).toBe("fail");
  expect(says).toContain("access lists of files were not looked for");
});
