/*
 * What AWS asks for what a bake uses. Public list prices, as written down on the date below from
 * AWS's own pricing pages, whose addresses stand beside them; no discount, free tier or tax is in
 * them. To bring them up to date, change the numbers and the date together.
 */

/** Of what the prices are: a plan tells all three. */
export const priceTable = {
  date: "2026-11-21",
  currency: "USD",
  region: "us-east-1",
} as const;

/** For one of the unit that the name ends with; a month has 730 hours, as AWS counts. */
export const prices = {
  // aws.amazon.com/lambda/pricing: arm64, the first tier; INIT is billed since 2025-08-01
  lambdaRequest: 0.2 / 1_000_000,
  lambdaGibSecond: 0.0000133334,
  // aws.amazon.com/step-functions/pricing: Standard; retries count
  stepFunctionsTransition: 0.025 / 1000,
  // aws.amazon.com/s3/pricing: PUT, COPY, POST and LIST; GET and all others; DELETE is free
  s3Write: 0.005 / 1000,
  s3Read: 0.0004 / 1000,
  // aws.amazon.com/sns/pricing and aws.amazon.com/eventbridge/pricing: events of one's own
  snsPublish: 0.5 / 1_000_000,
  eventBridgeEvent: 1 / 1_000_000,
  // aws.amazon.com/systems-manager/pricing: Run Command on EC2, and standard parameters
  ssmCommand: 0,
  ssmStandardParameter: 0,
  // aws.amazon.com/cloudwatch/pricing: what is taken in
  logsGb: 0.5,
  // aws.amazon.com/ebs/pricing
  gp3GibMonth: 0.08,
  gp2GibMonth: 0.1,
  io1GibMonth: 0.125,
  io2GibMonth: 0.125,
  snapshotGibMonth: 0.05,
  // the same: beyond the 3000 IOPS and 125 MiB/s that are in gp3's price
  gp3IopsMonth: 0.005,
  gp3MibSecondMonth: 0.04,
  io1IopsMonth: 0.065,
  io2IopsMonth: 0.065,
  // aws.amazon.com/vpc/pricing: a public address, a NAT gateway, an interface endpoint in one zone
  publicAddressHour: 0.005,
  natHour: 0.045,
  natGb: 0.045,
  endpointHour: 0.01,
  endpointGb: 0.01,
} as const;

/** Hours that AWS counts for a month. */
export const monthHours = 730;

/**
 * Dollars an hour of families' `large`, Linux, on demand; the sizes above double one another.
 * aws.amazon.com/ec2/pricing/on-demand
 */
const large: Readonly<Record<string, number>> = {
  ...{ "m7i-flex": 0.09576, m7a: 0.11592, m6a: 0.0864, m6i: 0.096 },
  ...{ m7g: 0.0816, m8g: 0.08976, m6g: 0.077, c7g: 0.0725 },
};

const times: Readonly<Record<string, number>> = { large: 1, xlarge: 2, "2xlarge": 4, "4xlarge": 8 };

/**
 * Dollars an hour of an instance type on demand; undefined for one that is not in the table. Spot
 * capacity has no list price: it is at most this.
 */
export const instanceHour = (type: string): number | undefined => {
  const [family = "", size = ""] = type.split(".");
  const [price, factor] = [large[family], times[size]];
  return price === undefined || factor === undefined ? undefined : price * factor;
};

interface Disk {
  type: "gp3" | "gp2" | "io1" | "io2";
  /** GiB. */
  size: number;
  iops?: number | undefined;
  /** MiB/s. */
  throughput?: number | undefined;
}

/** What is in the price of a gp3: it is paid for beyond these. */
const included = { iops: 3000, throughput: 125 };

/** Dollars a month of an EBS volume. */
export const diskMonth = ({ type, size, iops = 0, throughput = 0 }: Disk): number => {
  const space = size * prices[`${type}GibMonth`];
  if (type === "gp2") return space;
  if (type === "gp3") {
    const more = Math.max(0, iops - included.iops) * prices.gp3IopsMonth;
    return space + more + Math.max(0, throughput - included.throughput) * prices.gp3MibSecondMonth;
  }
  return space + iops * prices[`${type}IopsMonth`];
};
