import { checked } from "./check.ts";
import { versionIn } from "./kernels.ts";
import { realPath } from "./real-path.ts";
import type { RefreshContext } from "./refresh-context.ts";

/**
 * Our own images boot what `/vmlinuz` and `/initrd.img` lead to: kernels' packages move the two
 * links. Throws NotBootable.
 */
export const refreshFixed = async (context: RefreshContext): Promise<string> => {
  const rootUuid = context.mounts.find(({ path }) => path === "/")?.uuid;
  const entry = { linux: "/vmlinuz", initrd: ["/initrd.img"], uuid: rootUuid };
  const options = `root=UUID=${rootUuid}`;
  await checked(context, { title: "/vmlinuz", ...entry, options });
  const kernel = await realPath(context.root, "/vmlinuz");
  const [newest] = context.kernels;
  if (versionIn(kernel) !== newest.version) {
    context.say(`/vmlinuz boots ${JSON.stringify(kernel)}; the newest kernel is ${newest.version}`);
  }
  return kernel;
};
