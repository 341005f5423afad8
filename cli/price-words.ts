import { priceTable } from "../core/prices.ts";

/** Dollars of one bake: a hundredth of a cent is told. */
export const dollars = (amount: number | undefined): string =>
  amount === undefined ? "unknown: the table has no price of that" : amount.toFixed(4);

/** Of what prices are told, with the table's date. */
export const priceHeading = ({ currency, region, date }: typeof priceTable): string =>
  `${currency}, list prices of ${region} as of ${date}`;
