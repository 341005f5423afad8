import { describe, expect, test } from "vitest";
import { rootMadeBy } from "./taken.ts";

/** A kernel of one package, another of two, and what was added to them. */
const kernels = String.raw`
  cd "$ROOT"; mkdir -p usr/lib/modules/{6.1,6.2}/{kernel,extra,updates/dkms,weak-updates} var/lib/dpkg/info; ln -s usr/lib lib
  for one in 6.1/modules.builtin 6.1/kernel/own.ko 6.1/kernel/stray.ko 6.1/updates/dkms/built.ko.xz \
    6.2/modules.order 6.2/kernel/own.ko.zst 6.2/extra/more.ko 6.2/extra/vendor.ko; do echo x > usr/lib/modules/$one; done
  for one in built shipped; do ln -s ../../6.1/updates/dkms/$one.ko usr/lib/modules/6.2/weak-updates/; done
  package() { printf 'Package: %s\nVersion: 1\nSource: %s\n\n' "$1" "$2" >> var/lib/dpkg/status
    shift 2; printf '/lib/modules/%s\n' "$@" > "var/lib/dpkg/info/$NAME.list"; }
  NAME=image-6.1 package image-6.1 linux 6.1/modules.builtin 6.1/kernel/own.ko
  NAME=image-6.2 package image-6.2 linux-signed 6.2/modules.order 6.2/kernel/own.ko.zst 6.2/weak-updates/shipped.ko
  NAME=extra-6.2 package extra-6.2 linux-signed 6.2/extra/more.ko
  NAME=vendor package vendor vendor 6.2/extra/vendor.ko
`;

describe("kernel modules", () => {
  test("that were not built with their kernel are named, and those that were are not", async () => {
    await using made = await rootMadeBy(kernels);
    const { modules } = await made.take();
    expect(
      modules?.map((one) => [one.path.slice("/usr/lib/modules/".length), one.kernel, one.package]),
    ).toEqual([
      ["6.1/kernel/stray.ko", "6.1", undefined],
      ["6.1/updates/dkms/built.ko.xz", "6.1", undefined],
      ["6.2/extra/vendor.ko", "6.2", "vendor"],
      ["6.2/weak-updates/built.ko", "6.2", undefined],
      // a link may lead to what somebody else put elsewhere
      ["6.2/weak-updates/shipped.ko", "6.2", "image-6.2"],
    ]);
  });

  test("have the signer that their signature names, packed or not, and none when they are cut off", async () => {
    await using made = await rootMadeBy(`${kernels} cd ..
      openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=Oven signing key' -keyout k.pem -out c.pem 2> /dev/null
      openssl cms -sign -binary -nocerts -noattr -outform DER -signer c.pem -inkey k.pem -in "$ROOT/usr/lib/modules/6.1/kernel/stray.ko" -out sig 2> /dev/null
      size=$(printf '%08x' $(stat -c %s sig))
      { echo x; cat sig; printf '\\0\\0\\2\\0\\0\\0\\0\\0'; printf "\\\\x\${size:0:2}\\\\x\${size:2:2}\\\\x\${size:4:2}\\\\x\${size:6:2}"
        printf '~Module signature appended~\\n'; } > signed.ko
      M="$ROOT/usr/lib/modules/6.1/updates"
      cp signed.ko "$M/a.ko"; gzip < signed.ko > "$M/b.ko.gz"; head -c -1 signed.ko > "$M/c.ko"
      tail -c 45 signed.ko > "$M/d.ko"; head -c 20 "$M/b.ko.gz" > "$M/e.ko.gz"; echo x > "$M/f.ko.zst"`);
    const { modules } = await made.take();
    const signers = modules?.flatMap(({ path, signer }) =>
      path.includes("updates/") && path.includes("6.1") ? [signer] : [],
    );
    const name = "Oven signing key";
    expect(signers).toEqual([name, name, ...Array.from({ length: 5 }, () => undefined)]);
  });
});
