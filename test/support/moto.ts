import { once } from "node:events";
import { connect } from "node:net";

/** Where global-setup.ts says at which socket servers of moto's are to be had. */
export const motoSocket = "OVENBIRD_TEST_MOTO";

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

/** The end of a test's title when there is no moto: the test is then to be skipped. */
export const noMoto: string =
  process.env[motoSocket] === undefined ? " (skipped: moto is missing)" : "";

export interface MotoOrder {
  /** Whether there are the images of Amazon, Debian and others that moto knows of eu-west-1. */
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
  const line = connect(process.env[motoSocket] ?? "");
  line.write(`${JSON.stringify({ stockImages, images, lambdaPort })}\n`);
  const [port] = (await Promise.race([once(line, "data"), hungUp(line)])) as [Buffer];
  const endpoint = `http://127.0.0.1:${Number(String(port))}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return {
    client: { endpoint, region: "eu-west-1", credentials },
    async reset() {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    },
    async [Symbol.asyncDispose]() {
      const ended = once(line, "close");
      line.end();
      await ended;
    },
  };
};

const hungUp = async (line: NodeJS.EventEmitter): Promise<never> => {
  await once(line, "end");
  throw new Error(
    "moto's server ended before it had a port: see test/support/programs/moto-servers.py",
  );
};
