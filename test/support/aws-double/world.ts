import { randomBytes } from "node:crypto";
import type { Filter, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { latencies } from "../../../core/estimate/latencies.ts";
import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";

/** Milliseconds that things take in an AWS region. */
export interface Latencies {
  /** Of every call, half before it has its effect and half after. */
  call: number;
  /** From a create call until Describe knows what was created. */
  visible: number;
  /** From the call that asks for a machine until it runs. */
  running: number;
  /** From running until Systems Manager says Online. */
  online: number;
  volume: number;
  attachment: number;
  snapshot: number;
  copy: number;
  termination: number;
}

const { call, visible, launchCall, running, boot, online, volume, attach } = latencies;
const { snapshot, copy, termination } = latencies;

const milliseconds = (...all: { seconds: number }[]): number =>
  all.reduce((sum, { seconds }) => sum + 1000 * seconds, 0);

/** Those that plans reckon with, which tell their sources. */
export const usualLatencies: Latencies = {
  ...{ call: milliseconds(call), visible: milliseconds(visible), volume: milliseconds(volume) },
  ...{ running: milliseconds(launchCall, running), online: milliseconds(boot, online) },
  ...{ attachment: milliseconds(attach), snapshot: milliseconds(snapshot) },
  ...{ copy: milliseconds(copy), termination: milliseconds(termination) },
};

/** Something that a service keeps. */
export interface Thing {
  id: string;
  tags: Tag[];
  /** The client token it was created with. */
  token?: string | undefined;
  created: number;
  /** From when Describe knows it. */
  visible: number;
}

const bakeTag = "ovenbird:bake";
const bakeFilter = `tag:${bakeTag}`;

/** Things of one kind, by id, in the order in which they were made. */
export class Things<T extends Thing> extends Map<string, T> {
  readonly #clock: Clock;
  readonly #missing: string;
  /** A bake's tag never changes. */
  readonly #byBake = new Map<string, T[]>();
  constructor(clock: Clock, missing: string) {
    super();
    this.#clock = clock;
    this.#missing = missing;
  }

  /** What Describe knows by now; of all that the filters cannot fit, some is left out. */
  seen(filters: readonly Filter[] = []): T[] {
    const bakes = filters.find(({ Name }) => Name === bakeFilter)?.Values;
    const [bake] = bakes ?? [];
    const isOne = bakes?.length === 1 && bake !== undefined && !/[*?]/.test(bake);
    const all = isOne ? this.#ofBake(bake) : [...this.values()];
    return all.filter(({ visible }) => visible <= this.#clock.now());
  }

  override set(id: string, one: T): this {
    const bake = one.tags.find(({ Key }) => Key === bakeTag)?.Value;
    if (bake !== undefined) this.#byBake.set(bake, [...(this.#byBake.get(bake) ?? []), one]);
    return super.set(id, one);
  }

  #ofBake(bake: string): T[] {
    return (this.#byBake.get(bake) ?? []).filter(({ id }) => this.has(id));
  }

  /** Throws as the service does of an id that it does not know, or not yet. */
  named(id: string | undefined): T {
    const found = id === undefined ? undefined : this.get(id);
    if (found === undefined || found.visible > this.#clock.now()) throw this.missing(id);
    return found;
  }

  missing(id: string | undefined): Error {
    return serviceError(this.#missing, `The ID '${String(id)}' does not exist`);
  }

  /** What an earlier call with the same token made. */
  ofToken(token: string | undefined): T | undefined {
    return token === undefined ? undefined : [...this.values()].find((one) => one.token === token);
  }
}

export const newId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString("hex")}`;

/** The tags of a create call for one type of resource. */
export const tagsFor = (specifications: TagSpecification[] | undefined, type: string): Tag[] =>
  (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags }) => Tags ?? []);

/** Whether something has what all filters ask; `fields` are those beside tags. */
export const fits = (
  tags: readonly Tag[],
  fields: Readonly<Record<string, string | undefined>>,
  filters: readonly Filter[] | undefined,
): boolean =>
  (filters ?? []).every(({ Name = "", Values = [] }) => {
    const has = (value: string | undefined) =>
      value !== undefined && Values.some((pattern) => isLike(pattern, value));
    if (Name === "tag-key") return tags.some(({ Key }) => has(Key));
    const key = /^tag:(.*)$/s.exec(Name)?.[1];
    if (key !== undefined) return tags.some((tag) => tag.Key === key && has(tag.Value));
    if (!Object.hasOwn(fields, Name))
      throw serviceError("InvalidParameterValue", `The filter '${Name}' is invalid`);
    return has(fields[Name]);
  });

const isLike = (pattern: string, value: string): boolean =>
  /[*?]/.test(pattern) ? globbed(pattern).test(value) : pattern === value;

const globbed = (value: string): RegExp =>
  new RegExp(
    `^${value
      .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replace(/\*/g, ".*")
      .replace(/\?/g, ".")}$`,
    "s",
  );

/** How many a service gives at once. */
export type PageSize = (asked: number | undefined) => number | undefined;

/** Fewer than any service gives at once, so that who forgets the next page is found out. */
const shortPage = 3;

/** A page of what a Describe or List call answers: short, or of so many as it is let give. */
export const page = <Item>(
  all: readonly Item[],
  token: string | undefined,
  size = shortPage,
): { items: Item[]; next: string | undefined } => {
  const from = token === undefined ? 0 : Number(token.replace("page-", ""));
  const end = from + size;
  return { items: all.slice(from, end), next: end < all.length ? `page-${end}` : undefined };
};
