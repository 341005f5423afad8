import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** An AWS that others wrote: moto's server, by itself on a port of this machine. */
export interface Moto extends AsyncDisposable {
  /** For every client of the AWS SDK. */
  client: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  /** Makes it forget all services' state. */
  reset(): Promise<void>;
}

const isThere = (): boolean => {
  try {
    execFileSync("moto_server", ["--help"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/**
 * The end of a test's title when there is no moto: the test is then to be skipped, which a CI run
 * never does.
 */
export const noMoto = ((): string => {
  if (isThere()) return "";
  if (process.env["CI"] === "true")
    throw new Error("moto_server is missing: pip install moto[server]");
  process.stderr.write("moto_server is missing: tests over an AWS that others wrote are skipped\n");
  return " (skipped: moto_server is missing)";
})();

export interface MotoOrder {
  /** Without moto's stock images, hundreds with a snapshot each, EC2 answers far sooner. */
  stockImages?: boolean;
  /** A file of stock images to have in place of those. */
  images?: string;
  /** The port of this machine where its Step Functions find Lambda; its own, when absent. */
  lambdaPort?: number;
}

/** Started for a test's file, and stopped at its end. */
export const openMoto = async ({
  stockImages = true,
  images,
  lambdaPort,
}: MotoOrder = {}): Promise<Moto> => {
  const port = await freePort();
  const server = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    env: {
      ...process.env,
      MOTO_PORT: String(lambdaPort ?? port),
      ...(images !== undefined && { MOTO_AMIS_PATH: images }),
      MOTO_EC2_LOAD_DEFAULT_AMIS: String(stockImages),
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await isUp(server, endpoint);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return {
    client: { endpoint, region: "eu-west-1", credentials },
    async reset() {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    },
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
    },
  };
};

const isUp = async (server: ChildProcess, endpoint: string): Promise<void> => {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`moto_server ended with ${server.exitCode}`);
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error("moto_server did not answer for 30 seconds");
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return address.port;
};
