import { openSandbox, type Sandbox, type SandboxOrder } from "./sandbox.ts";

/** A sandbox that is made when something is first run in it: often nothing is. */
export const lateSandbox = (order: SandboxOrder): Sandbox => {
  let opened: Promise<Sandbox> | undefined;
  return {
    root: order.root,
    run: async (argv, options) => (await (opened ??= openSandbox(order))).run(argv, options),
    async [Symbol.asyncDispose]() {
      const sandbox = await opened?.catch(() => undefined); // whoever ran something heard of it
      await sandbox?.[Symbol.asyncDispose]();
    },
  };
};
