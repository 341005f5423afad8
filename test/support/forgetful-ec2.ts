import {
  type CopyImageCommandInput,
  CreateTagsCommand,
  EC2Client,
  EC2ServiceException,
  type Image,
} from "@aws-sdk/client-ec2";
import type { Moto } from "./moto.ts";

/** What EC2 was asked: `CopyImage` and so on. */
export interface Call {
  name: string;
  input: Record<string, unknown>;
}

/** A client of moto's EC2 that knows what moto forgets of copies. */
export interface ForgetfulEc2 {
  ec2: EC2Client;
  calls: Call[];
  /** What DescribeImages answers of an image, beside what moto knows; in place of it where both do. */
  known: Map<string, Partial<Image>>;
  /** In which state copies are that are made from now on. */
  copiesAre: (state: "pending" | "available") => void;
  /** The error that the next call of that name ends with, instead of being made. */
  failNext: (name: string, error: { name: string; message: string }) => void;
  /** How many images a page of DescribeImages has. */
  pagesOf: (size: number) => void;
}

const exception = ({ name, message }: { name: string; message: string }) =>
  new EC2ServiceException({ name, message, $fault: "client", $metadata: {} });

/**
 * moto's CopyImage knows no client token, no tags and no state but `available`, and its
 * DescribeImages knows no pages: what EC2 documents of them is done here, on top of moto.
 */
export const forgetfulEc2 = ({ client }: Moto): ForgetfulEc2 => {
  const [ec2, plain] = [new EC2Client(client), new EC2Client(client)];
  const calls: Call[] = [];
  const known = new Map<string, Partial<Image>>();
  const failures = new Map<string, Error>();
  const tokens = new Map<string, { input: string; answer: Promise<{ ImageId: string }> }>();
  let state: "pending" | "available" = "available";
  let page = Infinity;

  const makeCopy = async (input: CopyImageCommandInput, next: () => Promise<unknown>) => {
    const answer = (await next()) as { ImageId: string };
    const Tags = input.TagSpecifications?.[0]?.Tags ?? [];
    await plain.send(new CreateTagsCommand({ Resources: [answer.ImageId], Tags }));
    known.set(answer.ImageId, { State: state });
    return answer;
  };

  const copy = async (input: CopyImageCommandInput, next: () => Promise<unknown>) => {
    const { ClientToken = "", ...rest } = input;
    const text = JSON.stringify(rest);
    const first = tokens.get(ClientToken);
    if (first === undefined) {
      const answer = makeCopy(input, next);
      tokens.set(ClientToken, { input: text, answer });
      return answer;
    }
    if (first.input === text) return first.answer;
    throw exception({
      name: "IdempotentParameterMismatch",
      message: "The client token is that of another request",
    });
  };

  const describe = async (input: Record<string, unknown>, next: () => Promise<unknown>) => {
    const { Images = [] } = (await next()) as { Images?: Image[] };
    const all = Images.map((image) => ({ ...image, ...known.get(image.ImageId ?? "") }));
    const at = Number(input["NextToken"] ?? 0);
    const NextToken = at + page < all.length ? String(at + page) : undefined;
    return { Images: all.slice(at, at + page), NextToken };
  };

  ec2.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const name = commandName.replace(/Command$/, "");
        const input = args.input as Record<string, unknown>;
        calls.push({ name, input });
        const failure = failures.get(name);
        failures.delete(name);
        if (failure !== undefined) throw failure;
        let response: unknown;
        const asked = async () => {
          const made = await next(args);
          response = made.response;
          return made.output;
        };
        const output = await (name === "CopyImage"
          ? copy(input as unknown as CopyImageCommandInput, asked)
          : name === "DescribeImages"
            ? describe(input, asked)
            : asked());
        return { output: { $metadata: {}, ...output }, response };
      },
    { step: "initialize", priority: "high" },
  );
  return {
    ...{ ec2, calls, known },
    copiesAre: (now) => (state = now),
    failNext: (name, error) => failures.set(name, exception(error)),
    pagesOf: (size) => (page = size),
  };
};
