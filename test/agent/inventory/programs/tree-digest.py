"""tree-digest.py ROOT: the digest of a mounted file tree by docs/integrity.md, and by nothing of ours."""

import hashlib, os, stat, sys

root = os.fsencode(sys.argv[1])
devices = {os.lstat(root).st_dev}
paths = [b"/"]


def walk(folder):
    for name in os.listdir(root + folder):
        path = folder + name
        paths.append(path)
        info = os.lstat(root + path)
        if stat.S_ISDIR(info.st_mode) and info.st_dev in devices:
            walk(path + b"/")


walk(b"/")
letters = {
    stat.S_IFREG: b"f", stat.S_IFDIR: b"d", stat.S_IFLNK: b"l", stat.S_IFIFO: b"p",
    stat.S_IFSOCK: b"s", stat.S_IFBLK: b"b", stat.S_IFCHR: b"c",
}
whole = hashlib.sha256(b"ovenbird-tree-1\0")
first = {}
for path in sorted(paths):
    place = root + path
    info = os.lstat(place)
    kind = letters[stat.S_IFMT(info.st_mode)]
    one = two = b""
    if kind == b"f":
        one = b"%d" % info.st_size
        two = hashlib.sha256(open(place, "rb").read()).hexdigest().encode()
    elif kind == b"l":
        one = os.readlink(place)
    elif kind in b"bc":
        one, two = b"%d" % os.major(info.st_rdev), b"%d" % os.minor(info.st_rdev)
    link = b""
    if kind != b"d" and info.st_nlink > 1:
        inode = (info.st_dev, info.st_ino)
        link = first.get(inode, b"")
        first.setdefault(inode, path)
    mode = b"%04o" % stat.S_IMODE(info.st_mode)
    for field in (path, kind, mode, b"%d" % info.st_uid, b"%d" % info.st_gid, one, two, link):
        whole.update(field + b"\0")
    for name in sorted(os.fsencode(name) for name in os.listxattr(place, follow_symlinks=False)):
        value = os.getxattr(place, name, follow_symlinks=False)
        whole.update(name + b"\0" + hashlib.sha256(value).hexdigest().encode() + b"\0")
    whole.update(b"\0")
print("sha256:" + whole.hexdigest())
